"""A Terraform module of the stack set, the archive, the scheduled task and the alarms, like the CloudFormation templates."""

from __future__ import annotations

from typing import Any

from iamsql.automation.deploy.alarms import MAX_STALE_DAYS
from iamsql.automation.deploy.policies import RUNNER_ROLE
from iamsql.automation.deploy.settings import Deployment
from iamsql.automation.deploy.terraform_archive import archive_blocks
from iamsql.automation.deploy.terraform_roles import role_blocks
from iamsql.automation.deploy.terraform_task import alarm_blocks, task_blocks
from iamsql.render.hcl import Block, Expression, write_blocks

TERRAFORM, PROVIDER = ">= 1.5", ">= 6.0, < 7.0"
STRING, NUMBER, STRINGS = (Expression(kind) for kind in ("string", "number", "list(string)"))
REQUIRED = object()
VARIABLES: dict[str, tuple[Expression, str, Any]] = {
    "name": (STRING, "The name of the resources.", "iamsql"),
    "role_name": (STRING, "The name of the role that runs iamsql, which the roles of the accounts trust.", RUNNER_ROLE),
    "organizational_units": (
        STRINGS,
        "The IDs of organizational units, or the ID of the root for all accounts.",
        REQUIRED,
    ),
    "call_as": (
        STRING,
        "SELF in the management account, DELEGATED_ADMIN in that of a delegated administrator.",
        "SELF",
    ),
    "principal": (
        STRING,
        "The ARN of the principal that the roles trust; by default, the role that runs iamsql.",
        None,
    ),
    "image": (STRING, "The URI of the image, with its digest: REGISTRY/NAME@sha256:DIGEST.", REQUIRED),
    "subnets": (STRINGS, "The subnets of the task, with a route to the APIs of AWS.", REQUIRED),
    "security_groups": (STRINGS, "The security groups of the task, which need outbound HTTPS only.", REQUIRED),
    "assign_public_ip": (Expression("bool"), "Whether the task has a public address.", False),
    "cpu": (NUMBER, "CPU units of the task; 1024 is a vCPU.", 1024),
    "memory": (NUMBER, "MiB of memory of the task, a size that Fargate has for its CPU.", 4096),
    "architecture": (STRING, "The architecture of the image: X86_64 or ARM64.", "X86_64"),
    "storage_gib": (NUMBER, "GiB of storage for run files, 21 to 200.", 30),
    "further_policies": (
        STRINGS,
        "ARNs of managed policies for the same role, such as that of iamsql role --kind trail.",
        [],
    ),
    "schedule": (STRING, "When to run: a cron or rate expression of EventBridge Scheduler.", "cron(0 3 * * ? *)"),
    "time_zone": (STRING, "The time zone of the schedule.", "UTC"),
    "schedule_state": (STRING, "ENABLED or DISABLED.", "ENABLED"),
    "prefix": (STRING, "The prefix of the objects in the bucket.", "iamsql"),
    "retention_days": (NUMBER, "Days after which runs and reports expire; 0 keeps them.", 0),
    "old_version_days": (NUMBER, "Days for which replaced and deleted versions of objects are kept.", 90),
    "object_lock_days": (NUMBER, "Days for which S3 Object Lock protects each object; 0 turns Object Lock off.", 0),
    "log_retention_days": (NUMBER, "Days for which logs are kept.", 90),
    "alarm_email": (STRING, "An address that receives the alarms, which must be confirmed; empty for none.", ""),
    "stale_days": (
        NUMBER,
        f"Alarm after so many days without a successful run, 0 to {MAX_STALE_DAYS}; 0 turns the alarm off.",
        2,
    ),
}
OUTPUTS = {
    "runner_role_arn": ("The role that runs iamsql.", "aws_iam_role.runner.arn"),
    "archive": ("The archive of the runs.", '"s3://${aws_s3_bucket.archive.bucket}/${var.prefix}"'),
    "log_group": ("The log group of the runs.", "aws_cloudwatch_log_group.runs.name"),
    "configuration": ("The parameter with the text of iamsql.toml.", "aws_ssm_parameter.configuration.name"),
    "alarm_topic_arn": ("The topic of the alarms.", "aws_sns_topic.alarms.arn"),
}


def terraform_files(deployment: Deployment) -> dict[str, str]:
    """Return the text of each file of the module by name."""
    main = [*_data(), *role_blocks(deployment), *archive_blocks(deployment), *task_blocks(deployment), *alarm_blocks()]
    outputs = [
        Block("output", [name], {"description": about, "value": Expression(value)})
        for name, (about, value) in OUTPUTS.items()
    ]
    return {
        "main.tf": write_blocks(main),
        "variables.tf": write_blocks([_variable(name, deployment) for name in VARIABLES]),
        "outputs.tf": write_blocks(outputs),
        "versions.tf": write_blocks([_versions()]),
    }


def _variable(name: str, deployment: Deployment) -> Block:
    kind, about, default = VARIABLES[name]
    if name == "principal" and deployment.principal:
        default = deployment.principal
    given = {} if default is REQUIRED else {"default": default}
    validation: tuple[Block, ...] = ()
    if name == "stale_days":
        condition = Expression(f"var.stale_days >= 0 && var.stale_days <= {MAX_STALE_DAYS}")
        message = f"CloudWatch evaluates at most {MAX_STALE_DAYS} days."
        validation = (Block("validation", (), {"condition": condition, "error_message": message}),)
    return Block("variable", [name], {"description": about, "type": kind, **given}, validation)


def _versions() -> Block:
    provider = {"aws": {"source": "hashicorp/aws", "version": PROVIDER}}
    return Block("terraform", (), {"required_version": TERRAFORM}, [Block("required_providers", (), provider)])


def _data() -> list[Block]:
    names = ("aws_caller_identity", "aws_partition", "aws_region")
    return [Block("data", [name, "current"]) for name in names]
