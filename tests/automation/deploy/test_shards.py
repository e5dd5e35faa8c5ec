"""The template of shards: a state machine that runs a task for each shard, then a task that merges them."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.alarms import MERGED_RUN_FILTER_PATTERN
from iamsql.automation.deploy.shards import SHARD_SCRIPT, shards_template
from iamsql.catalog.settings.option_types import moment
from tests.automation.deploy.evaluation import ACCOUNT, REGION, Template, statements
from tests.automation.deploy.fargate import GIVEN
from tests.automation.deploy.lint import EVERY_TARGET, problems, problems_of


def shards(**values: Any) -> Template:
    return Template(shards_template(Deployment()), **(GIVEN | {"Subnets": ["subnet-1", "subnet-2"]} | values))


def definition(**values: Any) -> dict[str, Any]:
    """Return the state machine."""
    text = shards(**values).properties("StateMachine")["DefinitionString"]
    state_machine: dict[str, Any] = json.loads(text)
    return state_machine


@pytest.mark.slow
@pytest.mark.parametrize("deployment", [Deployment(), Deployment(**EVERY_TARGET)], ids=["default", "full"])
def test_cfn_lint_finds_no_problem(deployment: Deployment) -> None:
    assert problems("shards", deployment) == []


def test_a_task_is_run_for_each_shard_and_then_one_that_merges() -> None:
    states = definition(Shards=12)["States"]
    assert states["Numbers"]["Parameters"] == {"numbers.$": "States.ArrayRange(1, 12, 1)"}
    shard = states["Shards"]["ItemProcessor"]["States"]["Shard"]
    [container] = shard["Parameters"]["Overrides"]["ContainerOverrides"]
    values = {each["Name"]: each["Value.$"] for each in container["Environment"]}
    assert values == {"IAMSQL_SHARD": "States.Format('{}/12', $.number)", "IAMSQL_AS_OF": "$$.Execution.StartTime"}
    network = shard["Parameters"]["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED"}
    assert shard["Catch"][0]["Next"] == "Missing" and states["Shards"]["Next"] == "Merge"
    overrides = states["Merge"]["Parameters"]["Overrides"]
    assert (overrides["Cpu"], overrides["Memory"]) == ("4096", "8192")
    variable_names = {each["Name"] for each in overrides["ContainerOverrides"][0]["Environment"]}
    assert variable_names == {"IAMSQL_SHARDS", "IAMSQL_AS_OF"}


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [
        ({"IAMSQL_SHARD": "3/8"}, ["--restore", "1", "--", "--shard", "3/8", "--as-of", "2026-03-02T12:00:00.123Z"]),
        ({"IAMSQL_SHARDS": "8"}, ["--merge-shards", "8", "--", "--as-of", "2026-03-02T12:00:00.123Z"]),
    ],
)
def test_the_script_reads_a_shard_or_merges(tmp_path: Path, variables: dict[str, str], arguments: list[str]) -> None:
    program = tmp_path / "iamsql"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "IAMSQL_CONFIGURATION": "# none",
        "IAMSQL_CONFIG": str(tmp_path / "iamsql.toml"),
        "IAMSQL_ARCHIVE": "s3://bucket/a prefix",
        "IAMSQL_AS_OF": "2026-03-02T12:00:00.123Z",
        **variables,
    }
    result = subprocess.run(
        ["/bin/sh", "-c", SHARD_SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines() == ["run", "--archive", "s3://bucket/a prefix", *arguments]


def test_the_state_machine_may_run_this_task_only_and_the_schedule_may_start_only_the_state_machine() -> None:
    by_sid = {each["Sid"]: each for each in statements(shards().properties("StateMachineRole"))}
    assert by_sid["StartTasks"]["Resource"] == f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/iamsql-iamsql:*"
    assert by_sid["WaitForTasks"]["Condition"] == {"ArnEquals": {"ecs:cluster": "arn:aws:cluster"}}
    started = {each["Sid"]: each["Resource"] for each in statements(shards().properties("SchedulerRole"))}
    assert started == {"StartExecutions": "arn:aws:statemachine", "QueueFailedStarts": "arn:aws:startfailures"}
    assert shards().properties("Start")["Target"]["Arn"] == "ref-StateMachine"


def test_a_shard_is_not_a_successful_run_and_a_failed_execution_is_an_alarm() -> None:
    assert shards().properties("SuccessMetric")["FilterPattern"] == MERGED_RUN_FILTER_PATTERN
    [dimension] = shards().properties("FailedExecution")["Dimensions"]
    assert dimension == {"Name": "StateMachineArn", "Value": "ref-StateMachine"}


@pytest.mark.slow
def test_the_state_machine_is_valid() -> None:
    properties = {"DefinitionString": json.dumps(definition()), "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/runs"}
    body = {"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}
    assert problems_of(json.dumps(body)) == []


@pytest.mark.slow
def test_each_task_gets_the_number_of_its_shard_and_the_start_of_the_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "not-a-secret")
    # moto cannot write the time of the start as JSON.
    state_machine = json.loads(json.dumps(definition(Shards=3)).replace("$$.Execution.StartTime", "$$.Execution.Name"))
    states = state_machine["States"]
    shard = states["Shards"]["ItemProcessor"]["States"]["Shard"]
    for state in (shard, states["Merge"]):  # moto evaluates the parameters, and runs no tasks
        for member in ("Resource", "Retry", "Catch"):
            state.pop(member, None)
        state["Type"] = "Pass"
    del states["Shards"]["ResultPath"]
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name=REGION)
        role = f"arn:aws:iam::{ACCOUNT}:role/runs"
        machine = client.create_state_machine(name="iamsql", definition=json.dumps(state_machine), roleArn=role)
        started = client.start_execution(stateMachineArn=machine["stateMachineArn"], name="start")
        for _ in range(100):
            execution = client.describe_execution(executionArn=started["executionArn"])
            if execution["status"] != "RUNNING":
                break
            time.sleep(0.1)
        events = client.get_execution_history(executionArn=started["executionArn"])["events"]
    assert execution["status"] == "SUCCEEDED"
    text = json.dumps(events, default=str)
    assert all(f"{number}/3" in text for number in (1, 2, 3)) and "4/3" not in text
    values = json.loads(execution["output"])["Overrides"]["ContainerOverrides"][0]["Environment"]
    assert values[0] == {"Name": "IAMSQL_SHARDS", "Value": "3"}
    assert values[1] == {"Name": "IAMSQL_AS_OF", "Value": "start"}
    assert moment("--as-of", "2026-03-02T12:00:00.123Z") == "2026-03-02T12:00:00Z"  # as Step Functions writes it
