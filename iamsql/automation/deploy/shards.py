"""A CloudFormation template that reads an organization in shards: Step Functions runs a task for each, and a task to merge."""

from __future__ import annotations

import json
from typing import Any

from iamsql.automation.deploy.alarms import MERGED_RUN_FILTER_PATTERN, failed_execution_alarm
from iamsql.automation.deploy.cloudformation import Resources, parameter, role, template
from iamsql.automation.deploy.fargate import CONFIGURE_COMMAND, CPU_UNITS, task_parameters, task_resources
from iamsql.automation.deploy.policies import run_task_statements, service_trust, start_execution_statements
from iamsql.automation.deploy.schedule import run_conditions, run_outputs, run_parameters, schedule_resources
from iamsql.automation.deploy.settings import Deployment
from iamsql.tables.required_policies import document

STATE_MACHINE_ARN_PATTERN = "arn:<Partition>:states:<Region>:<Account>:stateMachine:*"
RUN_COMMAND = 'exec iamsql run --archive "$IAMSQL_ARCHIVE"'
# A shard restores the newest run, because it copies the events of past days.
SHARD_SCRIPT = (
    f'{CONFIGURE_COMMAND} && if [ -n "$IAMSQL_SHARD" ]; '
    f'then {RUN_COMMAND} --restore 1 -- --shard "$IAMSQL_SHARD" --as-of "$IAMSQL_AS_OF"; '
    f'else {RUN_COMMAND} --merge-shards "$IAMSQL_SHARDS" -- --as-of "$IAMSQL_AS_OF"; fi'
)
MAX_SHARDS = 40  # iterations that a Map state runs at once (Step Functions Developer Guide, "Map state")
RUN_TASK_RESOURCE = "arn:${AWS::Partition}:states:::ecs:runTask.sync"  # waits for the end of the task
START_TIME_PATH = "$$.Execution.StartTime"


def shards_template(deployment: Deployment) -> Resources:
    """Return the template of the state machine, its task, its schedule, its archive and its alarms."""
    return template(
        "Runs iamsql on schedule in shards, as tasks on Fargate, with an archive in S3 and alarms",
        {
            "Parameters": {**_shard_parameters(), **task_parameters(), **run_parameters()},
            "Conditions": run_conditions(),
            "Resources": _shard_resources(deployment),
            "Outputs": run_outputs()
            | {"StateMachineArn": {"Value": {"Ref": "StateMachine"}, "Description": "Start an execution to run now"}},
        },
    )


def _shard_parameters() -> Resources:
    return {
        "Shards": parameter("The number of shards", 8, "Number", MinValue=2, MaxValue=MAX_SHARDS),
        "MergeCpu": parameter("CPU units of the task that merges", "4096", AllowedValues=CPU_UNITS),
        "MergeMemory": parameter("MiB of memory of the task that merges, a size that Fargate has for its CPU", "8192"),
    }


def _shard_resources(deployment: Deployment) -> Resources:
    resources = task_resources(deployment, SHARD_SCRIPT)
    resources["SuccessMetric"]["Properties"]["FilterPattern"] = MERGED_RUN_FILTER_PATTERN
    trust = service_trust("states.amazonaws.com", STATE_MACHINE_ARN_PATTERN)
    state_machine_role = role(
        "StateMachineRole", "", trust, {"run-tasks": document(*run_task_statements())}, "Runs the shards of iamsql."
    )
    # The text has lists in quotation marks, which join with the quotation marks of JSON.
    id_lists = {f"{name}List": {"Fn::Join": ['","', {"Ref": name}]} for name in ("Subnets", "SecurityGroups")}
    state_machine = {
        "DefinitionString": {"Fn::Sub": [json.dumps(_state_machine_definition(), indent=1), id_lists]},
        "RoleArn": {"Fn::GetAtt": ["StateMachineRole", "Arn"]},
    }
    return {
        **resources,
        **state_machine_role,
        "StateMachine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": state_machine},
        "FailedExecution": failed_execution_alarm(),
        **schedule_resources({"Arn": {"Ref": "StateMachine"}}, start_execution_statements()),
    }


def _state_machine_definition() -> dict[str, Any]:
    """Return the state machine, with the names of resources as in Fn::Sub. A shard that fails does not prevent the merge."""
    shard = _task_state({"IAMSQL_SHARD": "States.Format('{}/${Shards}', $.number)"})
    shard["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 60}]
    shard["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Missing"}]
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Shard",
        "States": {"Shard": {**shard, "End": True}, "Missing": {"Type": "Pass", "End": True}},
    }
    merge = _task_state({"IAMSQL_SHARDS": "States.Format('{}', ${Shards})"})
    merge["Parameters"]["Overrides"] |= {"Cpu": "${MergeCpu}", "Memory": "${MergeMemory}"}
    numbers = {"numbers.$": "States.ArrayRange(1, ${Shards}, 1)"}
    return {
        "Comment": "Reads an organization in shards, and merges them into one run",
        "StartAt": "Numbers",
        "States": {
            "Numbers": {"Type": "Pass", "Parameters": numbers, "Next": "Shards"},
            "Shards": {
                "Type": "Map",
                "ItemsPath": "$.numbers",
                "ItemSelector": {"number.$": "$$.Map.Item.Value"},
                "ItemProcessor": processor,
                "ResultPath": None,
                "Next": "Merge",
            },
            "Merge": {**merge, "End": True},
        },
    }


def _task_state(environment: dict[str, str]) -> dict[str, Any]:
    """Return the state that runs the task; the environment has the paths of its values in the input of the state."""
    values = {**environment, "IAMSQL_AS_OF": START_TIME_PATH}
    variables = [{"Name": name, "Value.$": path} for name, path in values.items()]
    network = {
        "Subnets": ["${SubnetsList}"],
        "SecurityGroups": ["${SecurityGroupsList}"],
        "AssignPublicIp": "${AssignPublicIp}",
    }
    parameters = {
        "LaunchType": "FARGATE",
        "Cluster": "${Cluster.Arn}",
        "TaskDefinition": "${Task}",
        "NetworkConfiguration": {"AwsvpcConfiguration": network},
        "Overrides": {"ContainerOverrides": [{"Name": "iamsql", "Environment": variables}]},
    }
    return {"Type": "Task", "Resource": RUN_TASK_RESOURCE, "Parameters": parameters}
