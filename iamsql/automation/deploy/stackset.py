"""CloudFormation templates of the roles that iamsql assumes: for one account, and as a stack set for an organization.

A stack set with service-managed permissions deploys to the accounts of organizational units, but never to the management account.
"""

from __future__ import annotations

from typing import Any

from iamsql.automation.deploy.cloudformation import (
    NO_VALUE,
    Resources,
    as_json,
    managed_policy,
    parameter,
    role,
    template,
    when,
)
from iamsql.automation.deploy.policies import (
    MAX_MANAGED_CHARACTERS,
    SECURITYHUB_ROLE,
    audit_policy,
    audit_trust,
    organization_policy,
    securityhub_policy,
    split_to_fit,
)
from iamsql.automation.deploy.settings import Deployment
from iamsql.model import IamsqlError
from iamsql.tables.required_policies import AUDIT_ROLE

MAX_TEMPLATE_BODY_BYTES = 51_200  # bytes of a template body in a stack set (CloudFormation quotas)
PRINCIPAL_PATTERN = r"^(arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)|\d{12})$"
OU_PATTERN = "^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$"
AUDIT_ROLE_DESCRIPTION = "Reads identities and permissions for iamsql. It cannot change anything."
MEMBER_TEMPLATE_DESCRIPTION = "The role iamsql-audit, which reads the identities of this account"


def member_template(deployment: Deployment) -> Resources:
    """Return the template of the roles in one account."""
    resources = member_roles(deployment)
    outputs = {
        "RoleArn": {"Description": "The role that reads the account", "Value": {"Fn::GetAtt": ["AuditRole", "Arn"]}}
    }
    parameters = {"Principal": principal_parameter(deployment)}
    return template(MEMBER_TEMPLATE_DESCRIPTION, {"Parameters": parameters, "Resources": resources, "Outputs": outputs})


def member_roles(deployment: Deployment) -> Resources:
    """Return the roles of an account, as resources: iamsql-audit, and with Security Hub iamsql-securityhub."""
    trust = audit_trust(deployment)
    policies = {"read-identity": audit_policy(deployment)}
    roles = role("AuditRole", AUDIT_ROLE, trust, policies, AUDIT_ROLE_DESCRIPTION)
    if deployment.has_securityhub:
        policies = {"import-findings": securityhub_policy()}
        description = "Imports findings of iamsql into the Security Hub of this account."
        roles |= role("SecurityHubRole", SECURITYHUB_ROLE, trust, policies, description)
    return roles


def stackset_template(deployment: Deployment) -> Resources:
    """Return the template for the management account, or for a delegated administrator of CloudFormation.

    Raise IamsqlError if the template of the stack set is too long.
    """
    body = as_json(member_template(deployment))
    if len(body.encode()) > MAX_TEMPLATE_BODY_BYTES:
        raise IamsqlError(
            f"The template of the stack set has more than {MAX_TEMPLATE_BODY_BYTES} bytes.\nName fewer tables."
        )
    management_roles = {
        name: resource | {"Condition": "IsManagementAccount"} for name, resource in member_roles(deployment).items()
    }
    return template(
        "The roles that iamsql assumes, in each account of organizational units and in the management account",
        {
            "Parameters": _stackset_parameters(deployment),
            "Conditions": {"IsManagementAccount": {"Fn::Equals": [{"Ref": "CallAs"}, "SELF"]}},
            "Resources": {"Roles": _stack_set_resource(body), **management_roles, **_runner_policies(deployment)},
            "Outputs": _stackset_outputs(deployment),
        },
    )


def principal_parameter(deployment: Deployment) -> Resources:
    """Return the parameter for the principal that the roles trust."""
    description = "The ARN of the role or user that runs iamsql, or an account ID. IAM requires that it exists."
    return parameter(description, deployment.principal or None, AllowedPattern=PRINCIPAL_PATTERN)


def _stackset_parameters(deployment: Deployment) -> Resources:
    return {
        "Principal": principal_parameter(deployment),
        "OrganizationalUnits": parameter(
            "The IDs of organizational units, or the ID of the root for all accounts, separated by commas",
            parameter_type="CommaDelimitedList",
            AllowedPattern=OU_PATTERN,
        ),
        "CallAs": parameter(
            "SELF in the management account, DELEGATED_ADMIN in the account of a delegated administrator",
            "SELF",
            AllowedValues=["SELF", "DELEGATED_ADMIN"],
        ),
    }


def _stack_set_resource(body: str) -> Resources:
    preferences = {
        "FailureTolerancePercentage": 100,
        "MaxConcurrentPercentage": 100,
        "RegionConcurrencyType": "PARALLEL",
    }
    targets = {"OrganizationalUnitIds": {"Ref": "OrganizationalUnits"}}
    properties: dict[str, Any] = {
        "StackSetName": AUDIT_ROLE,
        "Description": "The roles that iamsql assumes",
        "PermissionModel": "SERVICE_MANAGED",
        "CallAs": when("IsManagementAccount", NO_VALUE, "DELEGATED_ADMIN"),
        "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
        "ManagedExecution": {"Active": True},
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "OperationPreferences": preferences,
        "Parameters": [{"ParameterKey": "Principal", "ParameterValue": {"Ref": "Principal"}}],
        # IAM is global: one region is enough.
        "StackInstancesGroup": [{"DeploymentTargets": targets, "Regions": [{"Ref": "AWS::Region"}]}],
        "TemplateBody": body,
    }
    return {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}


def _runner_policies(deployment: Deployment) -> Resources:
    description = "Reads the organization and assumes the role iamsql-audit. For the credentials that run iamsql."
    parts = split_to_fit(organization_policy(deployment), MAX_MANAGED_CHARACTERS)
    return {f"RunnerPolicy{number}": managed_policy(part, description) for number, part in enumerate(parts, 1)}


def _stackset_outputs(deployment: Deployment) -> Resources:
    policies = {
        name: {"Description": "A policy for the credentials that run iamsql", "Value": {"Ref": name}}
        for name in _runner_policies(deployment)
    }
    return {"StackSetId": {"Description": "The ID of the stack set", "Value": {"Ref": "Roles"}}, **policies}
