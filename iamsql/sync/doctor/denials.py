"""The next step after a denial: which policy denies, as AWS's message says, and which statement allows the action.

The messages end with "because no identity-based policy allows the iam:ListUsers action", or "with an explicit deny in a service
control policy: ARN" (IAM User Guide, "Troubleshoot access denied error messages").
"""

from __future__ import annotations

import json
import re

from iamsql.aws.errors import POLICY_ERROR_CODES, Fault
from iamsql.tables.required_policies import allow_statement

_POLICY = re.compile(
    r"(?:because no|explicit deny in an?|explicit deny in the) "
    r"(service control policy|resource control policy|permissions boundary|session policy|VPC endpoint policy|"
    r"resource-based policy|identity-based policy)"
)
RESOURCE = "resource-based policy"  # a trust policy, a bucket policy or a key policy
_EXPLICIT = re.compile(r"explicit deny")
_ARN = re.compile(r"arn:aws[a-z-]*:(?:organizations|iam)::[^\s,;]*policy/[^\s,;]+")
PERMISSION_SET = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")  # the role of a permission set, in its path
SESSION_ARN = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.*")


def denying_policy(message: str) -> str:
    """Return the type of the policy that denies by AWS's message, such as `service control policy`; '' if it does not say."""
    match = _POLICY.search(message)
    return match[1] if match else ""


def statement(action: str, resource: str = "*") -> str:
    """Return a statement that allows an action, as JSON in one line."""
    return json.dumps(allow_statement(action, resource))


def allow_step(action: str, principal: str, message: str) -> str:
    """Return what to change so that a principal may call an action that was denied with a message."""
    policy_type, is_explicit = denying_policy(message), bool(_EXPLICIT.search(message))
    arn = _ARN.search(message.partition(policy_type)[2]) if policy_type else None
    policy = f"{policy_type}{f' {arn[0].rstrip(chr(46))}' if arn else ''}"
    if policy_type == "session policy":
        return (
            "Set no_session_policy = true in the section [sync] of iamsql.toml, and compare the permissions of the role with: "
            "iamsql role"
        )
    if is_explicit and policy_type:
        return f"Exempt {principal} from the statement that denies {action} in the {policy}."
    if policy_type in ("service control policy", "resource control policy", "VPC endpoint policy"):
        return f"Allow {action} in the {policy}: {statement(action)}"
    if policy_type == "permissions boundary":
        return f"Add to the permissions boundary of {principal}: {statement(action)}"
    return f"Add to the policy of {principal}: {statement(action)}"


def parse_principal(arn: str) -> str:
    """Return the principal of a session's policies: the ARN of its role, or its permission set of IAM Identity Center.

    The ARN of a session does not have the path of its role. Other ARNs are returned unchanged.
    """
    session = SESSION_ARN.fullmatch(arn)
    if session is None:
        return arn
    permission_set = PERMISSION_SET.fullmatch(session[3])
    return (
        f"the permission set {permission_set[1]}"
        if permission_set
        else f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}"
    )


def trusted_principal(arn: str) -> str:
    """Return the principal of a trust policy for a caller: its role, or its account if the role has a path that is not known."""
    session = SESSION_ARN.fullmatch(arn)
    return session[2] if session and PERMISSION_SET.fullmatch(session[3]) else parse_principal(arn)


def assume_step(
    role_arn: str, caller_arn: str, fault: Fault, external_id: str | None, organization_id: str = ""
) -> str:
    """Return what to do about a role that cannot be assumed. AWS's message does not say whether the role exists."""
    message, caller = fault.message, parse_principal(caller_arn)
    policy_type = denying_policy(message)
    if fault.code in POLICY_ERROR_CODES:
        return "To assume the roles without a session policy, set no_session_policy = true in the section [sync] of iamsql.toml."
    if fault.fault_type != "denied":
        return "Try again later; if the error stays, look it up in the documentation of AssumeRole."
    if policy_type == "identity-based policy":
        return f"Add to the policy of {caller}: {statement('sts:AssumeRole', role_arn)} (see: iamsql role --kind management)"
    if policy_type and policy_type != RESOURCE:
        return allow_step("sts:AssumeRole", caller, message)
    external = (
        "Compare the external ID with the trust policy."
        if external_id
        else "If the trust policy requires an external ID, set IAMSQL_EXTERNAL_ID."
    )
    organization = f" --organization {organization_id}" if organization_id else ""
    trust = f"iamsql role --kind trust --principal {trusted_principal(caller_arn)}{organization}"
    # AWS does not say that the key aws:ResourceOrgID is present when a trust policy is evaluated.
    variable = (
        "If its condition has ${aws:ResourceOrgID}, replace this variable by the ID of the organization"
        f"{f', {organization_id}' if organization_id else ''}."
    )
    created = f"Create the role with: iamsql deploy stackset{organization}."
    return f"{created} If it exists, it must trust the caller: {trust}. {variable} {external}"
