"""CloudFormation alarms about scheduled runs: a run failed, a run was not started, or no run succeeded for days."""

from __future__ import annotations

from typing import Any

from iamsql.automation.deploy.cloudformation import Resources, is_not, parameter, resolve_placeholders
from iamsql.automation.deploy.policies import topic_policy
from iamsql.automation.deploy.storage import KEY_ARN

DAY_SECONDS = 86_400
# CloudWatch evaluates at most 7 days if a period is an hour or longer (API reference of PutMetricAlarm).
MAX_STALE_DAYS = 7
METRIC_NAMESPACE, SUCCESS_METRIC_NAME = "iamsql", "SucceededRuns"
SUCCESS_FILTER_PATTERN = '{ $.status = "succeeded" }'  # in the summary of `iamsql run`, one line of JSON
MERGED_RUN_FILTER_PATTERN = '{ ($.status = "succeeded") && ($.shard NOT EXISTS) }'  # of a merged run, not of a shard
# 1 means that --fail-on found alarms, which notifications report.
SUCCESSFUL_EXIT_CODES = [0, 1]


def alarm_parameters() -> Resources:
    """Return the parameters of the alarms."""
    return {
        "AlarmEmail": parameter("An address that receives the alarms, which must be confirmed; empty for none", ""),
        "StaleDays": parameter(
            "Alarm after so many days without a successful run, more than the interval of the schedule; 0 turns the alarm off",
            2,
            "Number",
            MinValue=0,
            MaxValue=MAX_STALE_DAYS,
        ),
    }


def alarm_conditions() -> Resources:
    """Return the conditions of the alarms."""
    return {"HasEmail": is_not("AlarmEmail", ""), "HasStaleAlarm": is_not("StaleDays", "0")}


def alarm_resources() -> Resources:
    """Return the topic, the queue of failed starts, and the alarms that every kind of deployment has."""
    subscription = {"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}, "TopicArn": {"Ref": "Topic"}}
    return {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"KmsMasterKeyId": KEY_ARN, "DisplayName": "iamsql"},
        },
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": resolve_placeholders(topic_policy())},
        },
        "Subscription": {"Type": "AWS::SNS::Subscription", "Condition": "HasEmail", "Properties": subscription},
        "StartFailures": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * DAY_SECONDS},
        },
        "NotStarted": _not_started_alarm(),
        "SuccessMetric": _success_metric(),
        "Stale": _stale_alarm(),
    }


def failed_task_rule() -> Resources:
    """Return the rule for tasks that ended with an error, that were stopped, or that could not start."""
    detail: dict[str, Any] = {
        "clusterArn": [{"Fn::GetAtt": ["Cluster", "Arn"]}],
        "lastStatus": ["STOPPED"],
        "$or": [
            {"containers": {"exitCode": [{"anything-but": SUCCESSFUL_EXIT_CODES}]}},
            {"stopCode": [{"anything-but": ["EssentialContainerExited"]}]},
        ],
    }
    target = {
        "Id": "topic",
        "Arn": {"Ref": "Topic"},
        "InputTransformer": {
            "InputPathsMap": {"reason": "$.detail.stoppedReason", "task": "$.detail.taskArn"},
            "InputTemplate": '"The run of iamsql failed: <reason>. Its log is in the log group of the task <task>."',
        },
    }
    properties = {
        "Description": "A run of iamsql failed",
        "EventPattern": {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": detail},
        "Targets": [target],
    }
    return {"Type": "AWS::Events::Rule", "Properties": properties}


def failed_function_alarm() -> Resources:
    """Return the alarm for invocations that failed or timed out."""
    dimensions = [{"Name": "FunctionName", "Value": {"Ref": "Function"}}]
    description = "A run of iamsql failed. Its log group has the reason."
    return _make_alarm(description, "AWS/Lambda", "Errors", dimensions, 300)


def failed_execution_alarm() -> Resources:
    """Return the alarm for executions of the state machine that failed."""
    dimensions = [{"Name": "StateMachineArn", "Value": {"Ref": "StateMachine"}}]
    description = "An execution of iamsql failed. Step Functions shows its state and the error."
    return _make_alarm(description, "AWS/States", "ExecutionsFailed", dimensions, 300)


def _not_started_alarm() -> Resources:
    dimensions = [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["StartFailures", "QueueName"]}}]
    description = (
        "The schedule could not start iamsql. The queue has the request and the error; delete its messages afterwards."
    )
    return _make_alarm(description, "AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions, 300)


def _make_alarm(description: str, namespace: str, metric: str, dimensions: list[Any], period: int) -> Resources:
    """Return an alarm for a metric that is above zero."""
    properties = {
        "AlarmDescription": description,
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": dimensions,
        "Statistic": "Maximum" if namespace == "AWS/SQS" else "Sum",
        "Period": period,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [{"Ref": "Topic"}],
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def _success_metric() -> Resources:
    # Without a default value, days without a run have no data, and missing data is what the alarm is about.
    metric = {
        "MetricNamespace": METRIC_NAMESPACE,
        "MetricName": {"Fn::Sub": f"{SUCCESS_METRIC_NAME}-${{AWS::StackName}}"},
        "MetricValue": "1",
    }
    properties = {
        "LogGroupName": {"Ref": "Logs"},
        "FilterPattern": SUCCESS_FILTER_PATTERN,
        "MetricTransformations": [metric],
    }
    return {"Type": "AWS::Logs::MetricFilter", "Properties": properties}


def _stale_alarm() -> Resources:
    properties = {
        "AlarmDescription": "No run of iamsql succeeded for days.",
        "Namespace": METRIC_NAMESPACE,
        "MetricName": {"Fn::Sub": f"{SUCCESS_METRIC_NAME}-${{AWS::StackName}}"},
        "Statistic": "Sum",
        "Period": DAY_SECONDS,
        "EvaluationPeriods": {"Ref": "StaleDays"},
        "Threshold": 1,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
        "AlarmActions": [{"Ref": "Topic"}],
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Condition": "HasStaleAlarm", "Properties": properties}
