"""The roles in Terraform: iamsql-audit in the management account, and the roles of the task and its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iamsql.automation.deploy.fargate import TASKS
from iamsql.automation.deploy.placeholders import to_terraform
from iamsql.automation.deploy.policies import (
    MANAGED_LIMIT,
    SECURITYHUB_ROLE,
    TASKS_OF_ECS,
    audit_policy,
    audit_trust,
    fitting,
    logs_policy,
    runner_policy,
    scheduler_policy,
    secrets_policy,
    securityhub_policy,
    service_trust,
    start_task,
)
from iamsql.automation.deploy.schedule import SCHEDULES
from iamsql.automation.deploy.settings import Deployment
from iamsql.render.hcl import Block, Encoded, Expression
from iamsql.tables.required_policies import AUDIT_ROLE, Document

SCHEDULER = "scheduler.amazonaws.com"
NAMES = {
    "Account": "data.aws_caller_identity.current.account_id",
    "BucketArn": "aws_s3_bucket.archive.arn",
    "ClusterArn": "aws_ecs_cluster.runs.arn",
    "ExecutionRoleArn": "aws_iam_role.execution.arn",
    "KeyArn": "aws_kms_key.archive.arn",
    "Partition": "data.aws_partition.current.partition",
    "Prefix": "var.prefix",
    "Principal": "local.principal",
    "QueueArn": "aws_sqs_queue.start_failures.arn",
    "Region": "data.aws_region.current.region",
    "RunnerRoleArn": "aws_iam_role.runner.arn",
    "StackName": "var.name",
    "Topic": "aws_sns_topic.alarms.arn",
    "UrlSuffix": "data.aws_partition.current.dns_suffix",
}
IN_MANAGEMENT_ACCOUNT = Expression('var.call_as == "SELF" ? 1 : 0')


def encoded(document: Document) -> Encoded:
    """Return an IAM document with references to the resources of the module, as JSON."""
    return Encoded(to_terraform(document, NAMES))


def resource(resource_type: str, name: str, attributes: Mapping[str, Any], *blocks: Block) -> Block:
    """Return the block of a resource: `resource "TYPE" "NAME"`, with attributes and nested blocks."""
    return Block("resource", [resource_type, name], attributes, blocks)


def role_with(
    name: str, attributes: Mapping[str, Any], trust: Document, policies: Mapping[str, Document]
) -> list[Block]:
    """Return a role, and managed policies that are attached to it. `attributes` has its name or a prefix, and its count."""
    count = {"count": attributes["count"]} if "count" in attributes else {}
    index = "[0]" if count else ""
    blocks = [resource("aws_iam_role", name, {**attributes, "assume_role_policy": encoded(trust)})]
    for title, document in policies.items():
        for number, part in enumerate(fitting(document, MANAGED_LIMIT * 2 // 3), 1):  # a third for the ARNs
            label = f"{name}_{title}_{number}"
            policy = {**count, "name_prefix": f"iamsql-{title.replace('_', '-')}-", "policy": encoded(part)}
            attached = {
                **count,
                "role": Expression(f"aws_iam_role.{name}{index}.name"),
                "policy_arn": Expression(f"aws_iam_policy.{label}{index}.arn"),
            }
            blocks.append(resource("aws_iam_policy", label, policy))
            blocks.append(resource("aws_iam_role_policy_attachment", label, attached))
    return blocks


def role_blocks(deployment: Deployment) -> list[Block]:
    """Return the roles in the management account, which stack sets leave out, and the roles of the runs."""
    audit = audit_trust(deployment)
    role_arguments: dict[str, Any] = {"count": IN_MANAGEMENT_ACCOUNT, "name": AUDIT_ROLE}
    roles = role_with("audit", role_arguments, audit, {"read_identity": audit_policy(deployment)})
    if deployment.has_securityhub:
        securityhub_attributes = role_arguments | {"name": SECURITYHUB_ROLE}
        roles += role_with("securityhub", securityhub_attributes, audit, {"import_findings": securityhub_policy()})
    task = service_trust(TASKS, TASKS_OF_ECS)
    prefix = {"name_prefix": "${var.name}-"}
    execution = {"secrets": secrets_policy(deployment, batch=True), "logs": logs_policy()}
    start = {"start": scheduler_policy(*start_task())}
    return [
        *roles,
        *role_with("runner", {"name": Expression("var.role_name")}, task, {"run": runner_policy(deployment)}),
        *role_with("execution", prefix, task, execution),
        *role_with("scheduler", prefix, service_trust(SCHEDULER, SCHEDULES), start),
    ]
