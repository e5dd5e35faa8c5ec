"""Alarms: a run failed, or no run succeeded for days."""

from __future__ import annotations

import pytest

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.fargate import fargate_template
from tests.automation.deploy.fargate import fargate


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
