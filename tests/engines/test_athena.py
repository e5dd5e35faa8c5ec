"""Shipped queries as text for Athena: a few as files, the reasons for which others are refused, and the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlglot import parse_one

from iamsql.dialect.inline.errors import InlineError
from iamsql.dialect.trino.errors import TrinoError
from iamsql.engines.athena import AthenaLake, athena_text
from iamsql.engines.tables import stored_tables
from iamsql.model import IamsqlError
from tests.conftest import query, sample_run
from tests.engines.test_definitions import NEWEST, values_of
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
            "access_point_not_shared backup_vault_not_shared bucket_no_public_read bucket_no_public_write bucket_not_public "
            "bucket_not_shared bucket_policy_opened bucket_policy_other_accounts cloudwatch_not_shared "
            "database_snapshot_shared dynamodb_table_not_shared efs_file_system_not_shared event_bus_not_shared "
            "external_access external_trust function_not_public function_not_shared glacier_vault_not_shared "
            "glue_catalog_not_shared image_repository_opened image_shared kms_key_not_public kms_key_not_shared "
            "kms_key_opened lambda_function_shared layer_version_not_shared log_group_not_shared "
            "multi_region_access_point_not_shared opensearch_domain_not_shared queue_not_public queue_not_shared "
            "registry_not_shared repository_not_shared resource_policy_not_public resource_policy_opened resource_shared "
            "rest_api_not_shared role_created_for_external_account role_no_admin_cross_account role_read_only_cross_account "
            "role_trust_opened schema_registry_not_shared scp_denies_regions secret_not_shared secret_policy_restricts "
            "security_group_opened ses_identity_not_shared snapshot_shared topic_not_public topic_not_shared "
            "trust_external_id trust_graph trust_known_accounts trust_no_wildcard_principal vpc_endpoint_policy_restricts"
        ).split(),
        "unnest() or LATERAL in a FROM clause",
    ),
    **dict.fromkeys(
        (
            "admin_keys admin_mfa admins admins_few audit_report can can_all escalation_paths organization_guardrail_removed "
            "principal_actions principal_can_stop_trail principal_escalation principal_report risk_score top_risks "
            "unused_permissions who_can who_can_assume"
        ).split(),
        "too large",
    ),
    **dict.fromkeys(
        ("added_to_admin_group admin_policy_attached deny_removed permissions_boundary_removed").split(),
        "ASOF JOIN",
    ),
    **dict.fromkeys(
        ("parameters_read_in_bulk trust_deleted_principal trust_oidc_wildcard_subject").split(),
        "a struct of values of unknown type",
    ),
    **dict.fromkeys(
        ("federation_token_of_user inline_policy_wildcard managed_policy_wildcard").split(),
        "contains() of a value of unknown type",
    ),
    "command_to_many_instances": "a JSON path with a wildcard",
    "delegated_administrator_registered": "the replacement of the first match",
    "ec2_user_data_changed": "Trino has no function json_exists",
    "flow_logs_deleted": "Trino has no function list_has_all",
    "key_history": "its columns cannot be found: Unknown column: kind",
    "key_timeline": "string_agg with FILTER or OVER",
    "policy_empty": "json_keys with a path",
    "risk_weights": "Trino has no function error",
    "role_session_duration": "the text of a number",
    "root_report": "the time of a unknown",
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
def test_every_query_is_written_or_refused() -> None:
    refused = dict[str, str]()
    for shipped in NEWEST:
        try:
            text = athena_text(shipped, values_of(shipped), LAKE, AS_OF)
        except (InlineError, TrinoError) as error:
            refused[shipped.name] = error.reason
        else:
            assert statements(text)
    assert refused == REFUSED


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
