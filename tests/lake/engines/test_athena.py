"""Shipped queries as text for Athena: a few as files, the reasons for which others are refused, and the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlglot import parse_one

from iamsql.lake.engines.athena import AthenaLake, athena_text
from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.tables import stored_tables
from iamsql.lake.engines.trino.errors import TrinoError
from iamsql.model import IamsqlError
from tests.conftest import query, sample_run
from tests.lake.engines.test_definitions import NEWEST, values_of
from tests.tiers import slow_but_every

EXPECTED = Path(__file__).parent / "athena"  # written again where a file is missing
AS_OF = datetime(2026, 3, 2, 12, tzinfo=UTC)
LAKE = AthenaLake(
    "s3://audit/lake",
    "o-demo123456",
    "20260302T120000Z-o-demo123456",
    regions=("eu-west-1", "us-east-1"),
    days=("2025-12-02", "2026-03-02"),
    files={
        "aws_iam_user": (
            "state/table=aws_iam_user/organization=o-demo123456/run=20260302T120000Z-o-demo123456/0a1b.parquet",
        )
    },
)
BY_NAME = {query.name: query for query in NEWEST}
REFUSED = {
    **dict.fromkeys(
        (
            "admin_keys admin_mfa admins admins_few audit_report can can_all escalation_paths organization_guardrail_removed "
            "principal_actions principal_can_stop_trail principal_escalation principal_report risk_score top_risks "
            "unused_permissions who_can who_can_assume"
        ).split(),
        "too large",
    ),
    **dict.fromkeys(
        (
            "bucket_policy_opened image_repository_opened kms_key_opened resource_policy_opened role_created_for_external_account "
            "role_trust_opened"
        ).split(),
        "contains() of a value of unknown type",
    ),
    **dict.fromkeys(
        (
            "delegated_administrator_registered federation_token_of_user inline_policy_wildcard managed_policy_wildcard "
            "policy_empty"
        ).split(),
        "json_keys with a path",
    ),
    **dict.fromkeys(
        "bucket_policy_other_accounts scp_denies_regions security_group_opened vpc_endpoint_policy_restricts".split(),
        "unnest() or LATERAL in a FROM clause",
    ),
    **dict.fromkeys(
        "added_to_admin_group admin_policy_attached deny_removed permissions_boundary_removed".split(), "ASOF JOIN"
    ),
    **dict.fromkeys("bucket_no_public_read bucket_no_public_write".split(), "string_agg with FILTER or OVER"),
    "command_to_many_instances": "a JSON path with a wildcard",
    "ec2_user_data_changed": "Trino has no function json_exists",
    "flow_logs_deleted": "Trino has no function list_has_all",
    "key_history": "its columns cannot be found: Unknown column: kind",
    "parameters_read_in_bulk": "a struct or list of values of unknown type",
    "risk_weights": "Trino has no function error",
    "role_session_duration": "the text of a number",
    "root_report": "the time of a unknown",
    "trust_deleted_principal": "unnest() in another place than the columns of a SELECT",
}
WRITTEN = ("user_mfa", "stale_keys", "root_activity", "trail_read_write", "access_denied_burst")


def statements(text: str) -> list[object]:
    """Return the statements of a text, which sqlglot can read."""
    return [parse_one(statement, dialect="athena") for statement in text.rstrip(";\n").split(";\n\n")]


def expected_text(name: str) -> str:
    return athena_text(BY_NAME[name], values_of(BY_NAME[name]), LAKE, AS_OF)


@pytest.mark.parametrize("name", slow_but_every(2, WRITTEN))
def test_expected_text(name: str) -> None:
    text = expected_text(name)
    assert text == (EXPECTED / f"{name}.sql").read_text(encoding="utf-8")
    assert len(statements(text)) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_query_is_written_or_refused(name: str) -> None:
    try:
        text = expected_text(name)
    except (InlineError, TrinoError) as error:
        assert error.reason == REFUSED.get(name)
    else:
        assert name not in REFUSED
        assert statements(text)


def test_refused_queries_are_shipped() -> None:
    assert REFUSED.keys() <= BY_NAME.keys()


def test_hostile_names_are_refused() -> None:
    with pytest.raises(IamsqlError, match="cannot be written in the table definitions"):
        athena_text(BY_NAME["user_mfa"], {}, AthenaLake("s3://audit/it's", "o-1", "run"), AS_OF)


def test_many_files_are_refused() -> None:
    files = {"aws_iam_user": tuple(f"{place}.parquet" for place in range(501))}
    with pytest.raises(IamsqlError, match="501 files"):
        athena_text(BY_NAME["user_mfa"], {}, AthenaLake("s3://audit", "o-1", "run", files=files), AS_OF)


def test_columns_are_those_of_a_run() -> None:
    sql = (
        "select schema_name, table_name, column_name, data_type from duckdb_columns() as c join duckdb_tables() as t"
        " using (schema_name, table_name) where schema_name in ('main', 'iamsql')"
    )
    declared = stored_tables()
    for schema, table, column, kind in query(sample_run(), sql):
        name = table if schema == "main" else f"{schema}.{table}"
        found = declared[name][column].replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
        assert found == kind or "STRUCT" in kind, (name, column)


if __name__ == "__main__":
    for query_name in WRITTEN:
        (EXPECTED / f"{query_name}.sql").write_text(expected_text(query_name), encoding="utf-8")
