"""The tables that a control depends on, and the tables that a sync must collect for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.check.dependencies import repeated_macros, tables_depended_on, tables_for
from iamsql.check.selection import load_catalog
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.store.reader import open_run
from tests.sync.syncs import PAYMENTS, run_sync

STATEMENTS = "from aws_iam_statement as s"
LEVELS = f"{STATEMENTS} join aws_organizations_account_policy as p using (document_id)"


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        (STATEMENTS, {"aws_iam_statement"}),
        (LEVELS, {"aws_organizations_account_policy"}),
        (f"{STATEMENTS} join aws_iam_document as d using (document_id)", {"aws_iam_document"}),
        (f"{STATEMENTS}, aws_iam_account_summary as a", {"aws_iam_statement", "aws_iam_account_summary"}),
        ("from policy_risks()", {"aws_iam_document"}),
        ("from aws_cloudtrail_log", {"aws_cloudtrail_event"}),
    ],
)
def test_a_table_of_all_accounts_is_left_out_where_another_table_has_its_key(
    demo_run: Path, sql: str, tables: set[str]
) -> None:
    reader = open_run(demo_run)
    try:
        assert tables_depended_on(reader, sql) == tables
    finally:
        reader.close()


def test_a_macro_that_several_controls_call_is_computed_once() -> None:
    texts = [
        "from iam_admins() as a",
        "from iam_admins(), iam_escalation_paths()",
        "from iam_principal_evaluation([], null, true, false, null)",
    ]
    assert repeated_macros(texts) == ["iam_organization_coverage", "iam_admins"]  # macros before those that use them


@pytest.mark.slow
def test_a_control_that_a_sync_cannot_collect_for_is_named() -> None:
    loaded = load_catalog()
    assert {"aws_account_contact", "aws_accessanalyzer_analyzer"} <= set(tables_for(loaded, ["cis_v7.0"]))
    assert tables_for(loaded, ["account_contact_details"]) == ("aws_account_contact",)
    assert tables_for(loaded, ["stale_keys", "user_mfa"]) == ()
    assert "aws_organizations_policy" not in tables_for(loaded, ["scp"])  # its other types are nobody's concern
    for name in ("cis_v7", "cis", "CIS"):
        with pytest.raises(IamsqlError, match=r"did you mean cis_v7\.0"):
            tables_for(loaded, [name])


@pytest.mark.slow
def test_a_sync_for_a_control_adds_its_tables_to_the_default_tables(tmp_path: Path) -> None:
    sync = ["sync", "--demo", "--quiet", "--account", PAYMENTS, "--event", "none", "--runs", str(tmp_path)]
    result = CliRunner().invoke(main, [*sync, "--for", "account_contact_details"])
    assert result.exit_code == 0, result.output
    reader = open_run(next(tmp_path.glob("*.duckdb")))
    try:
        read = f"select distinct operation from iamsql.coverage where account_id = '{PAYMENTS}' and status = 'ok'"
        assert {("GetContactInformation",), ("ListAccessKeys",)} <= set(reader.run(read).rows)
        [(options,)] = reader.run("select options from iamsql.run").rows
        stored_options = json.loads(options)
        assert (
            stored_options["queries"] == ["account_contact_details"]
            and "aws_account_contact" in stored_options["query_tables"]
        )
    finally:
        reader.close()


@pytest.mark.slow
def test_a_sync_for_a_control_adds_its_tables_to_the_named_tables(tmp_path: Path) -> None:
    run = run_sync(
        tmp_path,
        accounts=(PAYMENTS,),
        tables=("aws_iam_account_summary",),
        queries=("x",),
        query_tables=("aws_account_contact",),
    )
    operations = {call.operation for call in run.aws.calls if call.account_id == PAYMENTS}
    assert operations == {"GetAccountSummary", "GetContactInformation"}
