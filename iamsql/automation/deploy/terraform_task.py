"""The scheduled task in Terraform, with its roles and alarms."""

from __future__ import annotations

from typing import Any

from iamsql.automation.deploy.alarms import DAY, FINE_EXIT_CODES, NAMESPACE, SUCCEEDED, SUCCESS
from iamsql.automation.deploy.fargate import CONFIGURATION, SCRIPT, TASKS, USER
from iamsql.automation.deploy.policies import (
    TASKS_OF_ECS,
    logs_policy,
    runner_policy,
    scheduler_policy,
    secrets_policy,
    service_trust,
    start_task,
    topic_policy,
)
from iamsql.automation.deploy.schedule import SCHEDULES
from iamsql.automation.deploy.settings import Deployment
from iamsql.automation.deploy.terraform_archive import KEY
from iamsql.automation.deploy.terraform_roles import encoded, resource, role_with
from iamsql.render.hcl import Block, Encoded, Expression, literal

TOPIC = Expression("aws_sns_topic.alarms.arn")
METRIC = f"{SUCCEEDED}-${{var.name}}"
IMAGES = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def task_blocks(deployment: Deployment) -> list[Block]:
    """Return the roles, the cluster, the task and its schedule."""
    trust = service_trust(TASKS, TASKS_OF_ECS)
    pull = {"role": Expression("aws_iam_role.execution.name"), "policy_arn": IMAGES}
    execution = {"secrets": secrets_policy(deployment, batch=True), "logs": logs_policy()}
    start = {"start": scheduler_policy(*start_task())}
    scheduler = service_trust("scheduler.amazonaws.com", SCHEDULES)
    further = {
        "for_each": Expression("toset(var.further_policies)"),
        "role": Expression("aws_iam_role.runner.name"),
        "policy_arn": Expression("each.value"),
    }
    prefix = {"name_prefix": "${var.name}-"}
    return [
        *role_with("runner", {"name": Expression("var.role_name")}, trust, {"run": runner_policy(deployment)}),
        resource("aws_iam_role_policy_attachment", "further", further),
        *role_with("execution", prefix, trust, execution),
        resource("aws_iam_role_policy_attachment", "images", pull),
        *role_with("scheduler", prefix, scheduler, start),
        resource("aws_ecs_cluster", "runs", {"name": Expression("var.name")}),
        _task(deployment),
        _schedule(),
    ]


def _task(deployment: Deployment) -> Block:
    attributes = {
        "family": "${var.name}-iamsql",
        "requires_compatibilities": ["FARGATE"],
        "network_mode": "awsvpc",
        "cpu": Expression("var.cpu"),
        "memory": Expression("var.memory"),
        "task_role_arn": Expression("aws_iam_role.runner.arn"),
        "execution_role_arn": Expression("aws_iam_role.execution.arn"),
        "container_definitions": Encoded([_container(deployment)]),
    }
    platform = {"operating_system_family": "LINUX", "cpu_architecture": Expression("var.architecture")}
    return resource(
        "aws_ecs_task_definition",
        "runs",
        attributes,
        Block("runtime_platform", (), platform),
        Block("ephemeral_storage", (), {"size_in_gib": Expression("var.storage_gib")}),
        Block("volume", (), {"name": "data"}),
    )


def _container(deployment: Deployment) -> dict[str, Any]:
    region = Expression("data.aws_region.current.region")
    archive = "s3://${aws_s3_bucket.archive.bucket}/${var.prefix}"
    environment = {"IAMSQL_CONFIG": "/data/iamsql.toml", "IAMSQL_ARCHIVE": archive, "AWS_REGION": region}
    secrets = {CONFIGURATION: Expression("aws_ssm_parameter.configuration.arn"), **deployment.secrets}
    logs = Expression("aws_cloudwatch_log_group.runs.name")
    return {
        "name": "iamsql",
        "image": Expression("var.image"),
        "essential": True,
        "user": USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}],
        "stopTimeout": 120,
        "entryPoint": ["/bin/sh", "-c"],
        "command": [literal(SCRIPT)],
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in secrets.items()],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": logs, "awslogs-region": region, "awslogs-stream-prefix": "run"},
        },
    }


def _schedule() -> Block:
    network = {
        "subnets": Expression("var.subnets"),
        "security_groups": Expression("var.security_groups"),
        "assign_public_ip": Expression("var.assign_public_ip"),
    }
    ecs = {"task_definition_arn": Expression("aws_ecs_task_definition.runs.arn"), "launch_type": "FARGATE"}
    target = Block(
        "target",
        (),
        {"arn": Expression("aws_ecs_cluster.runs.arn"), "role_arn": Expression("aws_iam_role.scheduler.arn")},
        [
            Block("ecs_parameters", (), ecs, [Block("network_configuration", (), network)]),
            Block("dead_letter_config", (), {"arn": Expression("aws_sqs_queue.start_failures.arn")}),
            Block("retry_policy", (), {"maximum_retry_attempts": 5, "maximum_event_age_in_seconds": 3600}),
        ],
    )
    attributes = {
        "name": Expression("var.name"),
        "schedule_expression": Expression("var.schedule"),
        "schedule_expression_timezone": Expression("var.time_zone"),
        "state": Expression("var.schedule_state"),
    }
    return resource(
        "aws_scheduler_schedule", "runs", attributes, Block("flexible_time_window", (), {"mode": "OFF"}), target
    )


# -- alarms ----------------------------------------------------------------------------------------------------------------


def alarm_blocks() -> list[Block]:
    """Return the topic, the queue of failed starts, and the alarms."""
    subscription = {
        "count": Expression('var.alarm_email == "" ? 0 : 1'),
        "topic_arn": TOPIC,
        "protocol": "email",
        "endpoint": Expression("var.alarm_email"),
    }
    queue = {
        "name": "${var.name}-start-failures",
        "sqs_managed_sse_enabled": True,
        "message_retention_seconds": 14 * DAY,
    }
    transformation = {"namespace": NAMESPACE, "name": METRIC, "value": "1"}
    metric = {"name": METRIC, "log_group_name": Expression("aws_cloudwatch_log_group.runs.name"), "pattern": SUCCESS}
    return [
        resource("aws_sns_topic", "alarms", {"name": "${var.name}-alarms", "kms_master_key_id": KEY}),
        resource("aws_sns_topic_policy", "alarms", {"arn": TOPIC, "policy": encoded(topic_policy())}),
        resource("aws_sns_topic_subscription", "email", subscription),
        resource("aws_sqs_queue", "start_failures", queue),
        resource(
            "aws_cloudwatch_log_metric_filter", "succeeded", metric, Block("metric_transformation", (), transformation)
        ),
        *_alarms(),
        *_failed_task(),
    ]


def _alarms() -> list[Block]:
    queue = {"QueueName": Expression("aws_sqs_queue.start_failures.name")}
    not_started = {
        "alarm_name": "${var.name}-not-started",
        "alarm_description": "The schedule could not start iamsql. The queue has the request and the error.",
        "namespace": "AWS/SQS",
        "metric_name": "ApproximateNumberOfMessagesVisible",
        "dimensions": queue,
        "statistic": "Maximum",
        "period": 300,
        "evaluation_periods": 1,
        "threshold": 0,
        "comparison_operator": "GreaterThanThreshold",
        "treat_missing_data": "notBreaching",
        "alarm_actions": [TOPIC],
    }
    stale = {
        "count": Expression("var.stale_days > 0 ? 1 : 0"),
        "alarm_name": "${var.name}-stale",
        "alarm_description": "No run of iamsql succeeded for days.",
        "namespace": NAMESPACE,
        "metric_name": METRIC,
        "statistic": "Sum",
        "period": DAY,
        "evaluation_periods": Expression("var.stale_days"),
        "threshold": 1,
        "comparison_operator": "LessThanThreshold",
        "treat_missing_data": "breaching",
        "alarm_actions": [TOPIC],
    }
    kind = "aws_cloudwatch_metric_alarm"
    return [resource(kind, "not_started", not_started), resource(kind, "stale", stale)]


def _failed_task() -> list[Block]:
    pattern = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [Expression("aws_ecs_cluster.runs.arn")],
            "lastStatus": ["STOPPED"],
            "$or": [
                {"containers": {"exitCode": [{"anything-but": FINE_EXIT_CODES}]}},
                {"stopCode": [{"anything-but": ["EssentialContainerExited"]}]},
            ],
        },
    }
    rule = {"name": "${var.name}-failed", "description": "A run of iamsql failed", "event_pattern": Encoded(pattern)}
    target = {"rule": Expression("aws_cloudwatch_event_rule.failed.name"), "arn": TOPIC}
    return [
        resource("aws_cloudwatch_event_rule", "failed", rule),
        resource("aws_cloudwatch_event_target", "failed", target),
    ]
