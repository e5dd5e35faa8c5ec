"""The schedule of runs in CloudFormation, and the parts that a task and a function have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iamsql.automation.deploy.alarms import alarm_conditions, alarm_parameters, alarm_resources
from iamsql.automation.deploy.cloudformation import Resources, parameter, role, when
from iamsql.automation.deploy.policies import RUNNER_ROLE, runner_policy, scheduler_policy, service_trust
from iamsql.automation.deploy.settings import Deployment
from iamsql.automation.deploy.storage import storage_conditions, storage_parameters, storage_resources
from iamsql.tables.required_policies import Document

# EventBridge Scheduler sends the ARN of the group of a schedule (its user guide on confused deputies, since September 2023).
SCHEDULE_GROUP_ARN = "arn:<Partition>:scheduler:<Region>:<Account>:schedule-group/default"
ARCHIVE_URL = {"Fn::Sub": "s3://${Bucket}/${Prefix}"}


def run_parameters() -> Resources:
    """Return the parameters that every scheduled deployment has."""
    return {
        "RoleName": parameter(
            "The name of the role that runs iamsql, which the roles of the accounts trust",
            RUNNER_ROLE,
            AllowedPattern=r"[\w+=,.@-]{1,64}",
        ),
        "FurtherPolicies": parameter(
            "ARNs of managed policies for the same role, separated by commas, such as the policy of iamsql role --kind trail",
            "",
            "CommaDelimitedList",
        ),
        "Schedule": parameter(
            "When to run: a cron, rate or at expression of EventBridge Scheduler", "cron(0 3 * * ? *)"
        ),
        "TimeZone": parameter("The time zone of the schedule", "UTC"),
        "ScheduleState": parameter(
            "Whether the schedule starts runs", "ENABLED", AllowedValues=["ENABLED", "DISABLED"]
        ),
        **storage_parameters(),
        **alarm_parameters(),
    }


def run_conditions() -> Resources:
    """Return the conditions that every scheduled deployment has."""
    has_further_policies = {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "FurtherPolicies"}]}, ""]}]}
    return {**storage_conditions(), **alarm_conditions(), "HasFurtherPolicies": has_further_policies}


def run_resources(deployment: Deployment, trust: Document, other_policies: Sequence[Document] = ()) -> Resources:
    """Return the archive, the alarms and the role of the runs; `other_policies` are other policies of the role."""
    policies = {"run": runner_policy(deployment)} | {
        f"runtime-{n}": document for n, document in enumerate(other_policies, 1)
    }
    description = "Runs iamsql: reads the organization, assumes iamsql-audit, writes the archive and notifies."
    runner_role = role("RunnerRole", {"Ref": "RoleName"}, trust, policies, description)
    runner_role["RunnerRole"]["Properties"]["ManagedPolicyArns"] = when(
        "HasFurtherPolicies", {"Ref": "FurtherPolicies"}
    )
    return {**storage_resources(deployment), **alarm_resources(), **runner_role}


def run_outputs() -> Resources:
    """Return the outputs that every scheduled deployment has."""
    return {
        "RunnerRoleArn": {
            "Description": "The principal to trust: iamsql deploy stackset --principal ARN",
            "Value": {"Fn::GetAtt": ["RunnerRole", "Arn"]},
        },
        "Archive": {"Description": "The archive of the runs", "Value": ARCHIVE_URL},
        "LogGroup": {"Description": "The log group of the runs", "Value": {"Ref": "Logs"}},
        "ConfigurationName": {
            "Description": "The Systems Manager parameter with the text of iamsql.toml",
            "Value": {"Ref": "Configuration"},
        },
        "AlarmTopic": {"Description": "The topic of the alarms", "Value": {"Ref": "Topic"}},
    }


def schedule_resources(target: dict[str, Any], statements: Sequence[Document]) -> Resources:
    """Return the schedule and its role; the statements allow the role to start the target."""
    policies = {"start": scheduler_policy(*statements)}
    trust = service_trust("scheduler.amazonaws.com", SCHEDULE_GROUP_ARN)
    scheduler_role = role("SchedulerRole", "", trust, policies, "Starts runs of iamsql on schedule.")
    start_settings = {
        "RoleArn": {"Fn::GetAtt": ["SchedulerRole", "Arn"]},
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["StartFailures", "Arn"]}},
        "RetryPolicy": {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 3600},
    }
    properties = {
        "Description": "Starts iamsql",
        "ScheduleExpression": {"Ref": "Schedule"},
        "ScheduleExpressionTimezone": {"Ref": "TimeZone"},
        "State": {"Ref": "ScheduleState"},
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target | start_settings,
    }
    return {**scheduler_role, "Start": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}
