"""The template of Fargate: a task that can write only to its volume, its schedule, its archive and its alarms."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.fargate import SCRIPT, fargate_template
from tests.automation.deploy.evaluation import ACCOUNT, Template, statements
from tests.automation.deploy.lint import EXTERNAL_ID, FULL

GIVEN: dict[str, Any] = {"Image": "registry/iamsql@sha256:00", "Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"]}


def fargate(deployment: Deployment | None = None, **values: Any) -> Template:
    return Template(fargate_template(deployment or Deployment()), **(GIVEN | values))


def test_the_container_is_read_only_and_not_root() -> None:
    [container] = fargate().properties("Task")["ContainerDefinitions"]
    assert container["ReadonlyRootFilesystem"] is True and container["User"] == "10001:10001"
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert [mount["ContainerPath"] for mount in container["MountPoints"]] == ["/data"]
    environment = {each["Name"]: each["Value"] for each in container["Environment"]}
    assert environment["IAMSQL_ARCHIVE"] == "s3://ref-Bucket/iamsql"


def test_secrets_come_from_their_arns_and_are_not_in_the_environment_of_the_template() -> None:
    [container] = fargate(Deployment(**FULL)).properties("Task")["ContainerDefinitions"]
    secrets = {each["Name"]: each["ValueFrom"] for each in container["Secrets"]}
    assert secrets["IAMSQL_EXTERNAL_ID"] == EXTERNAL_ID and secrets["IAMSQL_CONFIGURATION"] == "ref-Configuration"
    assert not secrets.keys() & {each["Name"] for each in container["Environment"]}


def test_the_script_writes_a_private_configuration_and_starts_the_run(tmp_path: Path) -> None:
    program = tmp_path / "iamsql"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nenv\n')
    program.chmod(0o755)
    text = '[notify]\nto = ["slack"]  # "$HOME" `id` %s'
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "IAMSQL_CONFIGURATION": text,
        "IAMSQL_CONFIG": str(tmp_path / "iamsql.toml"),
        "IAMSQL_ARCHIVE": "s3://bucket/a prefix",
    }
    done = subprocess.run(["/bin/sh", "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[:3] == ["run", "--archive", "s3://bucket/a prefix"]
    assert "IAMSQL_CONFIGURATION" not in done.stdout
    written = tmp_path / "iamsql.toml"
    assert written.read_text() == text + "\n" and written.stat().st_mode & 0o777 == 0o600


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


# -- the archive -----------------------------------------------------------------------------------------------------------


def test_the_bucket_is_private_encrypted_and_versioned() -> None:
    bucket = fargate().properties("Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:key"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "ObjectLockEnabled" not in bucket and "ObjectLockConfiguration" not in bucket
    assert [rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == ["OldVersions"]
    body = fargate_template(Deployment())["Resources"]
    assert {name for name, resource in body.items() if resource.get("DeletionPolicy")} == {"Key", "Bucket", "Logs"}


def test_object_lock_and_expiration_are_parameters() -> None:
    bucket = fargate(ObjectLockDays=365, RetentionDays=400).properties("Bucket")
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 365}
    expire = bucket["LifecycleConfiguration"]["Rules"][1]
    assert expire["ExpirationInDays"] == 400
    # The state of notifications is in state/, and must not expire.
    assert "iamsql/runs/x.duckdb".startswith(expire["Prefix"]) and "iamsql/reports/x".startswith(expire["Prefix"])
    assert not "iamsql/state/x".startswith(expire["Prefix"])


def test_the_key_rotates_and_serves_this_log_group() -> None:
    key = fargate().properties("Key")
    assert key["EnableKeyRotation"] is True
    by_sid = {each["Sid"]: each for each in key["KeyPolicy"]["Statement"]}
    name = fargate().properties("Logs")["LogGroupName"]
    context = by_sid["EncryptLogs"]["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"]
    assert context.endswith(f":log-group:{name}")
    assert by_sid["Administer"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


# -- the alarms ------------------------------------------------------------------------------------------------------------


def test_a_task_that_failed_or_could_not_start_is_reported() -> None:
    detail = fargate().properties("FailedTask")["EventPattern"]["detail"]
    assert detail["clusterArn"] == ["arn:aws:cluster"]
    codes, stops = detail["$or"]
    assert codes["containers"]["exitCode"] == [{"anything-but": [0, 1]}]
    assert stops["stopCode"] == [{"anything-but": ["EssentialContainerExited"]}]


@pytest.mark.parametrize("days", [1, 2, 7])
def test_days_without_a_successful_run_are_an_alarm(days: int) -> None:
    resources = fargate(StaleDays=days).resources()
    stale, metric = resources["Stale"]["Properties"], resources["SuccessMetric"]["Properties"]
    assert stale["EvaluationPeriods"] * stale["Period"] == days * 86_400 <= 7 * 86_400
    assert stale["TreatMissingData"] == "breaching"
    [transformation] = metric["MetricTransformations"]
    assert transformation["MetricName"] == stale["MetricName"] and "DefaultValue" not in transformation
    assert metric["FilterPattern"] == '{ $.status = "succeeded" }'


def test_the_alarm_for_days_and_the_address_can_be_left_out() -> None:
    assert {"Stale", "Subscription"}.isdisjoint(fargate(StaleDays=0).resources())
    subscription = fargate(AlarmEmail="security@example.com").properties("Subscription")
    assert subscription["Endpoint"] == "security@example.com"
    assert fargate_template(Deployment())["Parameters"]["StaleDays"]["MaxValue"] == 7


def test_further_policies_are_attached_to_the_runner() -> None:
    assert "ManagedPolicyArns" not in fargate(FurtherPolicies=[]).properties("RunnerRole")
    arns = [f"arn:aws:iam::{ACCOUNT}:policy/trail"]
    assert fargate(FurtherPolicies=arns).properties("RunnerRole")["ManagedPolicyArns"] == arns
