"""Denials, limits and trust policies change the privilege part of the risk score."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.queries.five_accounts import rows
from tests.queries.test_risk import PAYMENTS, change_run, row_of

pytestmark = pytest.mark.slow


def test_full_privilege_is_that_of_administrators(demo_run: Path) -> None:
    risk_rows = rows(demo_run, "iam_risk('{}', 90, 45)")
    names = rows(
        demo_run,
        "(select account_id, 'user' as kind, name, arn from aws_iam_user "
        "union all select account_id, 'role', name, arn from aws_iam_role)",
    )
    arns = {(row["account_id"], row["kind"], row["name"]): row["arn"] for row in names}
    full = {
        arns[row["account_id"], row["kind"], row["name"]]
        for row in risk_rows
        if row["kind"] in ("user", "role") and "privilege.full" in (row["reason_codes"] or "")
    }
    assert full == {row["principal"] for row in rows(demo_run, "iam_admins()")}


@pytest.mark.parametrize(
    ("actions", "resource", "left"),
    [
        ("*", "resources", 0),
        ("iam:*", "resources", 1.5),
        ("iam:createpolicyversion", "resources", 3.5),
        ("iam:createuser", "resources", 4),
        ("iam:*", "not_resources", 3.5),
    ],
)
def test_a_deny_statement_lowers_privilege(altered: Path, actions: str, resource: str, left: float) -> None:
    resources = "*" if resource == "resources" else "arn:aws:iam::*:role/one"
    change_run(
        altered,
        "insert into aws_iam_statement by name select 'denial' as document_id, 1 as number, 'Deny' as effect, "
        f"['{actions}'] as actions, ['{actions.replace('*', '%')}'] as action_likes, ['{resources}'] as {resource}, "
        f"['{resources.replace('*', '%')}'] as resource_likes, [] as conditions, false as has_variables",
        "insert into aws_iam_principal_policy by name select account_id, principal_arn, principal_type, principal_name, "
        "'identity' as layer, 'inline' as via, 'denial' as policy_name, 'denial' as document_id "
        "from aws_iam_principal_policy where principal_name = 'bruno' limit 1",
    )
    assert row_of(rows(altered, "risk_score()"), "bruno")["privilege"] == left


def test_service_control_policies_limit_privilege(altered: Path) -> None:
    change_run(
        altered,
        "insert into aws_iam_statement by name select 'scp' as document_id, 1 as number, 'Deny' as effect, ['*'] as actions, "
        "['%'] as action_likes, ['*'] as resources, ['%'] as resource_likes, [] as conditions, false as has_variables",
        "update aws_organizations_account_policy set document_id = 'scp' where level = 0 and policy_name = 'FullAWSAccess' "
        f"and account_id = '{PAYMENTS}'",
        f"update aws_iam_principal set guardrail_id = 'its own' where account_id = '{PAYMENTS}'",
    )
    assert row_of(rows(altered, "risk_score()"), "bruno")["privilege"] == 0


def test_a_policy_without_statements_allows_nothing_and_is_known(altered: Path) -> None:
    change_run(altered, "update aws_iam_principal_policy set document_id = 'bare' where principal_name = 'ana.torres'")
    row = row_of(rows(altered, "risk_score()"), "ana.torres")
    assert (row["privilege"], row["unknown"]) == (0, None)


@pytest.mark.parametrize(
    ("principal", "trust"),
    [
        ("not_principals = principals, principals = null", 5),
        ("principals = [{'type': 'AWS', 'value': '*'}], conditions = OURS", 0),
        (
            "principals = [{'type': 'AWS', 'value': '*'}], conditions = OTHERS",
            2.5,
        ),  # all accounts of another organization
    ],
)
def test_the_trust_part_depends_on_the_principals_of_the_trust_policy(
    altered: Path, principal: str, trust: float
) -> None:
    condition = (
        "[{'operator': 'stringequals', 'qualifier': null, 'if_exists': false, 'key': 'aws:principalorgid', "
        "'original_key': 'aws:PrincipalOrgID', 'values': ['ID']}]"
    )
    changed = principal.replace("OURS", condition.replace("ID']", "o-demo123456']"))
    changed = changed.replace("OTHERS", condition.replace("ID']", "o-other']"))
    change_run(
        altered,
        f"update aws_iam_statement set {changed} where document_id = ("
        "select document_id from aws_iam_document where source = 'trust' and owner_arn like '%:role/adviser')",
    )
    (role,) = [
        row for row in rows(altered, "iam_risk('{}', 90, 45)") if row["kind"] == "role" and row["name"] == "adviser"
    ]
    assert role["trust"] == trust


def test_an_administrator_with_a_condition_is_an_administrator(altered: Path) -> None:
    condition = (
        "[{'operator': 'bool', 'qualifier': null, 'if_exists': false, 'key': 'aws:multifactorauthpresent', "
        "'original_key': 'aws:MultiFactorAuthPresent', 'values': ['true']}]"
    )
    change_run(
        altered,
        f"update aws_iam_statement set conditions = {condition} where document_id in ("
        "select document_id from aws_iam_document where policy_name = 'everything')",
    )
    assert row_of(rows(altered, "risk_score()"), "ledger")["privilege"] == 4
