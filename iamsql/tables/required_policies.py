"""The IAM policies that a sync needs, generated from the calls that the tables declare.

`iamsql role` prints them for the roles that a platform team deploys; a sync limits its sessions to the same actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from iamsql.model import Call
from iamsql.tables.aws_cloudtrail_trail import TRAILS
from iamsql.tables.calls.account import ORGANIZATION_CALLS, REPORT, SUMMARY
from iamsql.tables.names import ALL_TABLES, calls_of_tables, find_raw_tables

Document = dict[str, Any]
AUDIT_ROLE = "iamsql-audit"
ASSUME_ROLE_ACTION = "sts:AssumeRole"
FIND_TRAIL_ACTION = TRAILS.permission  # `--trail auto` calls it with the credentials of the organization
SIZE_ACCOUNT_ACTION = SUMMARY.permission  # `--dry-run` calls it in every account
GENERATE_REPORT_ACTION = "iam:GenerateCredentialReport"
# S3 decrypts with the permissions of the caller. kms:ViaService is s3.REGION.amazonaws.com, or ends with .com.cn or .eu (AWS KMS
# documentation). The policy has no condition for the encryption context, which is the ARN of the trail, the object or the bucket,
# depending on the encryption of the bucket. s3:GetObject already limits the objects that S3 decrypts.
VIA_S3_CONDITION = {"StringLike": {"kms:ViaService": "s3.*.amazonaws.*"}}
SAME_ORGANIZATION_CONDITION = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}


def allow_statement(
    actions: str | Iterable[str], resource: str | list[str] = "*", sid: str = "", condition: Document | None = None
) -> Document:
    """Return a statement that allows actions on a resource."""
    action_list = actions if isinstance(actions, str) else sorted(actions)
    statement = {"Effect": "Allow", "Action": action_list, "Resource": resource}
    return ({"Sid": sid} if sid else {}) | statement | ({"Condition": condition} if condition else {})


def document(*statements: Document) -> Document:
    """Return a policy with these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def planned_calls(tables: Sequence[str] = (), *, minimal: bool = False) -> tuple[Call, ...]:
    """Return the calls that a sync of the tables may make; of all tables if none is named.

    With `minimal`, omit the calls that are made only after a denial or with `fresh` and, if no table is named,
    those that are made on demand.
    """
    calls = calls_of_tables(tables)
    if tables and ALL_TABLES not in tables:
        raw_tables = find_raw_tables(tables)
        calls = tuple(call for call in calls if not call.on_demand or call.raw in raw_tables)
    if not minimal:
        return calls
    return tuple(
        call for call in calls if (not call.fallback_for or call.parent_filter) and (bool(tables) or not call.on_demand)
    )


def account_actions(calls: Iterable[Call]) -> set[str]:
    """Return the actions that the calls need in each account."""
    account_calls = [call for call in calls if not call.org and not call.implicit]
    return {call.permission for call in account_calls} | (
        {GENERATE_REPORT_ACTION} if REPORT in account_calls else set()
    )


def organization_actions(calls: Iterable[Call]) -> set[str]:
    """Return the actions for the credentials that read the organization. A sync lists the accounts for any tables."""
    return {call.permission for call in (*ORGANIZATION_CALLS, *calls) if call.org and not call.implicit}


def trail_read_statements(bucket: str, objects: str, key: str, *, sids: bool = False) -> list[Document]:
    """Return the statements that allow reading the log files of a trail; bucket, objects and key are ARNs or patterns."""
    names = ("ListLogFiles", "ReadLogFiles", "DecryptLogFiles") if sids else ("", "", "")
    return [
        allow_statement("s3:ListBucket", bucket, names[0]),
        allow_statement("s3:GetObject", objects, names[1]),
        allow_statement("kms:Decrypt", key, names[2], VIA_S3_CONDITION),
    ]


# -- policies to deploy ----------------------------------------------------------------------------------------------------


def policy(policy_type: str = "member", tables: Sequence[str] = (), *, minimal: bool = False) -> Document:
    """Return the policy of a role for a sync of the tables; `policy_type` is member, management or trail."""
    policies = {"member": _member_policy, "management": _management_policy, "trail": _trail_policy}
    return policies[policy_type](tables, minimal)


def _member_policy(tables: Sequence[str], minimal: bool) -> Document:
    """Return the policy of the role in each account."""
    return document(allow_statement(account_actions(planned_calls(tables, minimal=minimal)), sid="ReadIdentity"))


def _management_policy(tables: Sequence[str], minimal: bool) -> Document:
    """Return the policy of the credentials that read the organization and assume roles in its accounts.

    That AssumeRole supports aws:ResourceOrgID follows from AWS's examples of resource perimeters
    (aws-samples/data-perimeter-helper, sts_scp_resource_perimeter).
    """
    actions = organization_actions(planned_calls(tables, minimal=minimal)) | (set() if minimal else {FIND_TRAIL_ACTION})
    return document(
        allow_statement(actions, sid="ReadOrganization"),
        allow_statement(
            ASSUME_ROLE_ACTION, f"arn:*:iam::*:role/{AUDIT_ROLE}", "EnterAccounts", SAME_ORGANIZATION_CONDITION
        ),
    )


def _trail_policy(tables: Sequence[str], minimal: bool) -> Document:
    """Return the policy of the role that reads a trail's bucket; the key policy must allow the same role to decrypt."""
    statements = [] if minimal else [allow_statement(FIND_TRAIL_ACTION, sid="FindTrail")]
    arns = ("arn:*:s3:::TRAIL-BUCKET", "arn:*:s3:::TRAIL-BUCKET/*", "arn:*:kms:*:*:key/TRAIL-KEY")
    return document(*statements, *trail_read_statements(*arns, sids=True))


def trust_policy(principal: str, external_id: str = "", organization_id: str = "") -> Document:
    """Return the trust policy of a role that iamsql assumes, of any kind.

    `principal` is an ARN, or an account ID for every principal of the account whose own policy allows the role. The condition
    compares the organization of the principal with `organization_id`, or with the organization of the role's account.
    """
    condition = {"aws:PrincipalOrgID": organization_id or "${aws:ResourceOrgID}"}
    if external_id:
        condition["sts:ExternalId"] = external_id
    statement = {
        "Sid": "AssumeToAudit",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": ASSUME_ROLE_ACTION,
    }
    return document(statement | {"Condition": {"StringEquals": condition}})
