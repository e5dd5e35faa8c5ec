"""The roles in Terraform: iamsql-audit in the management account, and the roles of the task and its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iamsql.automation.deploy.fargate import ECS_TASKS_SERVICE
from iamsql.automation.deploy.placeholders import to_terraform
from iamsql.automation.deploy.policies import (
    ECS_SOURCE_ARN,
    MAX_MANAGED_CHARACTERS,
    SECURITYHUB_ROLE,
    audit_policy,
    audit_trust,
    logs_policy,
    runner_policy,
    scheduler_policy,
    secrets_policy,
    securityhub_policy,
    service_trust,
    split_to_fit,
    start_task_statements,
)
from iamsql.automation.deploy.schedule import SCHEDULE_GROUP_ARN
from iamsql.automation.deploy.settings import Deployment
from iamsql.render.hcl import Block, Expression, JsonEncoded
from iamsql.tables.required_policies import AUDIT_ROLE, Document

SCHEDULER_SERVICE = "scheduler.amazonaws.com"
PLACEHOLDER_EXPRESSIONS = {
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


def encode_document(document: Document) -> JsonEncoded:
    """Return an IAM document with references to the resources of the module, as JSON."""
    return JsonEncoded(to_terraform(document, PLACEHOLDER_EXPRESSIONS))


def resource_block(resource_type: str, name: str, attributes: Mapping[str, Any], *blocks: Block) -> Block:
    """Return the block of a resource: `resource "TYPE" "NAME"`, with attributes and nested blocks."""
    return Block("resource", [resource_type, name], attributes, blocks)


def role_with_policies(
    name: str, attributes: Mapping[str, Any], trust: Document, policies: Mapping[str, Document]
) -> list[Block]:
    """Return a role, and managed policies that are attached to it. `attributes` has its name or a prefix, and its count."""
    count = {"count": attributes["count"]} if "count" in attributes else {}
    index = "[0]" if count else ""
    blocks = [resource_block("aws_iam_role", name, {**attributes, "assume_role_policy": encode_document(trust)})]
    for title, document in policies.items():
        for number, part in enumerate(
            split_to_fit(document, MAX_MANAGED_CHARACTERS * 2 // 3), 1
        ):  # a third for the ARNs
            label = f"{name}_{title}_{number}"
            policy = {**count, "name_prefix": f"iamsql-{title.replace('_', '-')}-", "policy": encode_document(part)}
            attachment = {
                **count,
                "role": Expression(f"aws_iam_role.{name}{index}.name"),
                "policy_arn": Expression(f"aws_iam_policy.{label}{index}.arn"),
            }
            blocks.append(resource_block("aws_iam_policy", label, policy))
            blocks.append(resource_block("aws_iam_role_policy_attachment", label, attachment))
    return blocks


def role_blocks(deployment: Deployment) -> list[Block]:
    """Return the roles in the management account, which stack sets leave out, and the roles of the runs."""
    audit_trust_policy = audit_trust(deployment)
    audit_attributes: dict[str, Any] = {"count": IN_MANAGEMENT_ACCOUNT, "name": AUDIT_ROLE}
    roles = role_with_policies(
        "audit", audit_attributes, audit_trust_policy, {"read_identity": audit_policy(deployment)}
    )
    if deployment.has_securityhub:
        securityhub_attributes = audit_attributes | {"name": SECURITYHUB_ROLE}
        roles += role_with_policies(
            "securityhub", securityhub_attributes, audit_trust_policy, {"import_findings": securityhub_policy()}
        )
    task_trust = service_trust(ECS_TASKS_SERVICE, ECS_SOURCE_ARN)
    name_prefix = {"name_prefix": "${var.name}-"}
    execution_policies = {"secrets": secrets_policy(deployment, batch=True), "logs": logs_policy()}
    scheduler_policies = {"start": scheduler_policy(*start_task_statements())}
    return [
        *roles,
        *role_with_policies(
            "runner", {"name": Expression("var.role_name")}, task_trust, {"run": runner_policy(deployment)}
        ),
        *role_with_policies("execution", name_prefix, task_trust, execution_policies),
        *role_with_policies(
            "scheduler", name_prefix, service_trust(SCHEDULER_SERVICE, SCHEDULE_GROUP_ARN), scheduler_policies
        ),
    ]
