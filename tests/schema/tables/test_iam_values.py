"""Every IAM and STS table holds, value by value, what plain boto3 calls to the same organization return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamsql.schema.registry import all_tables
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.schema.tables import oracle_iam as things
from tests.schema.tables import oracle_iam_principals as principals
from tests.schema.tables.boto3_oracle import TAIL, Row, derived, rows_of, same, sessions
from tests.schema.tables.oracle_iam_principals import Asked

# Told by no plain call: how a key was found in the report, when that was made, and the report's row as it is.
UNTOLD = {
    "aws_iam_access_key": "last_used_source report_time slot slot_method slot_confidence".split(),
    "aws_iam_credential_report": ["report_row"],
}
# An account of which IAM says nothing of a quota has no such column in the answer.
SPARSE = ("aws_iam_account_summary",)
EXPECTED: dict[str, Callable[[Asked], Iterator[Row]]] = {
    "aws_iam_access_advisor": things.access_advisor,
    "aws_iam_access_key": things.access_keys,
    "aws_iam_account_password_policy": things.password_policy,
    "aws_iam_account_summary": things.summary,
    "aws_iam_credential_report": things.credential_report,
    "aws_iam_group": principals.groups,
    "aws_iam_instance_profile": things.instance_profiles,
    "aws_iam_open_id_connect_provider": things.oidc_providers,
    "aws_iam_policy": principals.policies,
    "aws_iam_policy_attachment": principals.attachments,
    "aws_iam_policy_version": principals.versions,
    "aws_iam_role": principals.roles,
    "aws_iam_saml_provider": things.saml_providers,
    "aws_iam_server_certificate": things.server_certificates,
    "aws_iam_service_specific_credential": things.service_credentials,
    "aws_iam_signing_certificate": things.signing_certificates,
    "aws_iam_ssh_public_key": things.ssh_keys,
    "aws_iam_user": principals.users,
    "aws_iam_virtual_mfa_device": things.virtual_devices,
    "aws_sts_caller_identity": things.caller,
}
# Features of an organization come from one call; aws_iam_action and the simulator are no calls at all.
ELSEWHERE = {"aws_iam_organizations_features", "aws_iam_action", "aws_iam_policy_simulator"}


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    """Enter every account that a sync enters, in an organization like that which was synced."""
    return [Asked(account_id, one) for account_id, one in sessions(FakeAws(DAY)).items()]


@pytest.mark.parametrize("table", EXPECTED)
def test_values(demo_run: Path, asked: list[Asked], table: str) -> None:
    same(demo_run, table, all_tables()[table].key, [row for one in asked for row in EXPECTED[table](one)])


def test_no_table_and_no_column_is_left_out(demo_run: Path, asked: list[Asked]) -> None:
    tables = {name for name in all_tables() if name.startswith(("aws_iam_", "aws_sts_"))}
    assert tables - ELSEWHERE - derived() == set(EXPECTED)
    for table in EXPECTED.keys() - set(SPARSE):
        told = next(row for one in asked for row in EXPECTED[table](one))
        left = set(rows_of(demo_run, table)[0]) - set(told) - {"sp_ctx", "_ctx"}
        assert left == set(UNTOLD.get(table, [])), table


@pytest.mark.parametrize("table", EXPECTED)
def test_every_row_says_where_it_comes_from(demo_run: Path, table: str) -> None:
    for row in rows_of(demo_run, table):
        assert row["_ctx"] == row["sp_ctx"]
        assert row["_ctx"]["connection_name"] == row["sp_connection_name"] == f"aws_{row['account_id']}"
        assert row["_ctx"]["source"].split(":")[0] in ("iam", "sts") and row["_ctx"]["synced_at"]
        assert set(TAIL) - {"region"} <= set(row)


def test_the_hostile_names_are_there_as_they_are(demo_run: Path) -> None:
    certificates = {row["name"] for row in rows_of(demo_run, "aws_iam_server_certificate")}
    keys = {row["user_name"] for row in rows_of(demo_run, "aws_iam_ssh_public_key")}
    tags = [row["tags"] for row in rows_of(demo_run, "aws_iam_saml_provider") if row["tags"]]
    assert "=cmd,+@x.509" in certificates and "=cmd,+@calc" in keys
    assert tags == [{"note": '"><script>alert(1)</script>', "owner": "platform"}]
