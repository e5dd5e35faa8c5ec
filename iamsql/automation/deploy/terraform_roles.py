"""The roles in Terraform: the stack set of iamsql-audit, the same role in the management account, and IAM roles of the runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iamsql.automation.deploy.placeholders import map_texts, to_terraform
from iamsql.automation.deploy.policies import (
    MANAGED_LIMIT,
    SECURITYHUB_ROLE,
    audit_policy,
    audit_trust,
    fitting,
    securityhub_policy,
)
from iamsql.automation.deploy.settings import Deployment
from iamsql.automation.deploy.stackset import member_template
from iamsql.render.hcl import Block, Encoded, Expression, literal
from iamsql.tables.required_policies import AUDIT_ROLE, Document

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


def resource(kind: str, name: str, attributes: Mapping[str, Any], *blocks: Block) -> Block:
    """Return a resource."""
    return Block("resource", [kind, name], attributes, blocks)


def role_with(
    name: str, attributes: Mapping[str, Any], trust: Document, policies: Mapping[str, Document]
) -> list[Block]:
    """Return a role, and managed policies that are attached to it. `attributes` has its name or a prefix, and its count."""
    count = {"count": attributes["count"]} if "count" in attributes else {}
    index = "[0]" if count else ""
    blocks = [resource("aws_iam_role", name, {**attributes, "assume_role_policy": encoded(trust)})]
    for title, found in policies.items():
        for number, part in enumerate(fitting(found, MANAGED_LIMIT * 2 // 3), 1):  # a third for the ARNs
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
    """Return the stack set, and the roles in the management account, which stack sets leave out."""
    trust = audit_trust(deployment)
    own: dict[str, Any] = {"count": IN_MANAGEMENT_ACCOUNT, "name": AUDIT_ROLE}
    roles = role_with("audit", own, trust, {"read_identity": audit_policy(deployment)})
    if deployment.has_securityhub:
        named = own | {"name": SECURITYHUB_ROLE}
        roles += role_with("securityhub", named, trust, {"import_findings": securityhub_policy()})
    principal = Expression("coalesce(var.principal, aws_iam_role.runner.arn)")
    return [Block("locals", (), {"principal": principal}), _stack_set(deployment), _stack_instances(), *roles]


def _stack_set(deployment: Deployment) -> Block:
    attributes = {
        "name": AUDIT_ROLE,
        "description": "The roles that iamsql assumes",
        "permission_model": "SERVICE_MANAGED",
        "call_as": Expression("var.call_as"),
        "capabilities": ["CAPABILITY_NAMED_IAM"],
        "parameters": {"Principal": Expression("local.principal")},
        "template_body": Encoded(map_texts(member_template(deployment), literal)),
    }
    blocks = (
        Block("auto_deployment", (), {"enabled": True, "retain_stacks_on_account_removal": False}),
        Block("managed_execution", (), {"active": True}),
        _preferences(),
        # CloudFormation returns the role of self-managed stack sets, which would be a change in each plan.
        Block("lifecycle", (), {"ignore_changes": [Expression("administration_role_arn")]}),
    )
    return resource("aws_cloudformation_stack_set", "audit", attributes, *blocks)


def _stack_instances() -> Block:
    attributes = {
        "stack_set_name": Expression("aws_cloudformation_stack_set.audit.name"),
        "call_as": Expression("var.call_as"),
        "regions": [Expression("data.aws_region.current.region")],
    }
    targets = Block("deployment_targets", (), {"organizational_unit_ids": Expression("var.organizational_units")})
    return resource("aws_cloudformation_stack_instances", "audit", attributes, targets, _preferences())


def _preferences() -> Block:
    return Block("operation_preferences", (), {"failure_tolerance_percentage": 100, "max_concurrent_percentage": 100})
