"""The schedule starts its task only, and the role of the runs can have further policies."""

from __future__ import annotations

from tests.automation.deploy.evaluation import ACCOUNT, statements
from tests.automation.deploy.fargate import fargate


def test_the_schedule_may_start_this_task_in_this_cluster_with_its_roles_only() -> None:
    by_sid = {each["Sid"]: each for each in statements(fargate().properties("SchedulerRole"))}
    assert by_sid["StartTasks"]["Resource"] == f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/iamsql-iamsql:*"
    assert by_sid["StartTasks"]["Condition"] == {"ArnEquals": {"ecs:cluster": "arn:aws:cluster"}}
    assert by_sid["GiveRoles"]["Resource"] == ["arn:aws:runnerrole", "arn:aws:executionrole"]
    assert by_sid["GiveRoles"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert by_sid["QueueFailedStarts"]["Resource"] == "arn:aws:startfailures"
    [trust] = fargate().properties("SchedulerRole")["AssumeRolePolicyDocument"]["Statement"]
    group = f"arn:aws:scheduler:eu-west-1:{ACCOUNT}:schedule-group/default"
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": group}
    start = fargate(Schedule="rate(12 hours)").properties("Start")
    assert start["ScheduleExpression"] == "rate(12 hours)"
    assert start["Target"]["DeadLetterConfig"] == {"Arn": "arn:aws:startfailures"}
    family = fargate().properties("Task")["Family"]
    assert by_sid["StartTasks"]["Resource"].endswith(f"task-definition/{family}:*")


def test_further_policies_are_attached_to_the_runner() -> None:
    assert "ManagedPolicyArns" not in fargate(FurtherPolicies=[]).properties("RunnerRole")
    arns = [f"arn:aws:iam::{ACCOUNT}:policy/trail"]
    assert fargate(FurtherPolicies=arns).properties("RunnerRole")["ManagedPolicyArns"] == arns
