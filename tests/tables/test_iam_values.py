"""Each table of IAM that test_listed_values.py does not compare has the values that plain boto3 calls return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamsql.tables.registry import all_tables
from tests.conftest import DAY, sample_run
from tests.fake_aws import FakeAws
from tests.tables import oracle_iam as things
from tests.tables import oracle_iam_principals as principals
from tests.tables.boto3_oracle import TAIL, Row, assert_same_rows, assume_roles, derived_tables, rows_of
from tests.tables.listed_rows import listed_tables
from tests.tables.oracle_iam_principals import IamAccount
from tests.tiers import slow_but_every

# No plain call returns how a key was found in the report, when the report was made, and the report's row.
NOT_COMPARED = {
    "aws_iam_access_key": "last_used_source report_time slot slot_method slot_confidence".split(),
    "aws_iam_credential_report": ["report_row"],
}
EXPECTED: dict[str, Callable[[IamAccount], Iterator[Row]]] = {
    "aws_iam_access_advisor": things.access_advisor,
    "aws_iam_access_key": things.access_keys,
    "aws_iam_credential_report": things.credential_report,
    "aws_iam_group": principals.groups,
    "aws_iam_policy": principals.policies,
    "aws_iam_policy_attachment": principals.attachments,
    "aws_iam_policy_version": principals.versions,
    "aws_iam_role": principals.roles,
    "aws_iam_user": principals.users,
}
# aws_iam_action does not come from AWS.
ELSEWHERE = {"aws_iam_action", *listed_tables()}


@pytest.fixture(scope="module")
def accounts() -> list[IamAccount]:
    """Assume a role in each account that a sync reads, in an organization like the synced one."""
    return [IamAccount(account_id, session) for account_id, session in assume_roles(FakeAws(DAY)).items()]


@pytest.mark.parametrize("table", slow_but_every(3, EXPECTED))
def test_the_rows_equal_plain_calls(demo_run: Path, accounts: list[IamAccount], table: str) -> None:
    assert_same_rows(
        demo_run, table, all_tables()[table].key, [row for account in accounts for row in EXPECTED[table](account)]
    )


def test_each_table_and_column_is_compared(demo_run: Path, accounts: list[IamAccount]) -> None:
    tables = {name for name in all_tables() if name.startswith(("aws_iam_", "aws_sts_"))}
    assert tables - ELSEWHERE - derived_tables() == set(EXPECTED)
    for table in EXPECTED:
        first_row = next(row for account in accounts for row in EXPECTED[table](account))
        left = set(rows_of(demo_run, table)[0]) - set(first_row) - {"sp_ctx", "_ctx"}
        assert left == set(NOT_COMPARED.get(table, [])), table


@pytest.mark.parametrize("table", EXPECTED)
def test_each_row_has_account_region_and_partition(demo_run: Path, table: str) -> None:
    for row in rows_of(demo_run, table):
        assert row["_ctx"] == row["sp_ctx"]
        assert row["_ctx"]["connection_name"] == row["sp_connection_name"] == f"aws_{row['account_id']}"
        assert row["_ctx"]["source"].split(":")[0] in ("iam", "sts") and row["_ctx"]["synced_at"]
        assert set(TAIL) - {"region"} <= set(row)


@pytest.mark.slow
def test_hostile_names_are_exact() -> None:
    run = sample_run(hostile=True)
    certificates = {row["name"] for row in rows_of(run, "aws_iam_server_certificate")}
    keys = {row["user_name"] for row in rows_of(run, "aws_iam_ssh_public_key")}
    tags = [row["tags"] for row in rows_of(run, "aws_iam_saml_provider") if row["tags"]]
    assert "=cmd,+@x.509" in certificates and "=cmd,+@calc" in keys
    assert tags == [{"note": '"><script>alert(1)</script>', "owner": "platform"}]
