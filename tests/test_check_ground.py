"""What controls stand on: tables that tell of no account, and what a sync has to bring for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.check import load_catalog, tables_for
from iamsql.check.dependencies import repeated_macros, tables_depended_on
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.store.reader import open_run
from tests.sync.rooms import PAYMENTS, ran

STATEMENTS = "from aws_iam_statement as s"
LEVELS = f"{STATEMENTS} join aws_organizations_account_policy as p using (document_id)"


@pytest.mark.parametrize(
    ("sql", "stands"),
    [
        (STATEMENTS, {"aws_iam_statement"}),
        (LEVELS, {"aws_organizations_account_policy"}),
        (f"{STATEMENTS} join aws_iam_document as d using (document_id)", {"aws_iam_document"}),
        (f"{STATEMENTS}, aws_iam_account_summary as a", {"aws_iam_statement", "aws_iam_account_summary"}),
        ("from policy_risks()", {"aws_iam_document"}),
        ("from aws_cloudtrail_log", {"aws_cloudtrail_event"}),
    ],
)
def test_statements_are_left_to_what_points_to_them(demo_run: Path, sql: str, stands: set[str]) -> None:
    reader = open_run(demo_run)
    try:
        assert tables_depended_on(reader, sql) == stands
    finally:
        reader.close()


def test_a_question_that_several_ask_is_answered_once() -> None:
    texts = [
        "from iam_admins() as a",
        "from iam_admins(), iam_escalation_paths()",
        "from iam_principal_evaluation([], null, true, false, false)",
    ]
    assert repeated_macros(texts) == ["iam_admins"]


def test_what_a_sync_leaves_out_is_named() -> None:
    held = load_catalog()
    assert {"aws_account_contact", "aws_accessanalyzer_analyzer"} <= set(tables_for(held, ["cis_v7.0"]))
    assert tables_for(held, ["account_contact_details"]) == ("aws_account_contact",)
    assert tables_for(held, ["stale_keys", "user_mfa"]) == ()
    assert "aws_organizations_policy" not in tables_for(held, ["scp"])  # its other types are nobody's concern
    for name in ("cis_v7", "cis", "CIS"):
        with pytest.raises(IamsqlError, match=r"did you mean cis_v7\.0"):
            tables_for(held, [name])


def test_a_sync_for_a_control_adds_to_what_is_usual(tmp_path: Path) -> None:
    sync = ["sync", "--demo", "--quiet", "--account", PAYMENTS, "--event", "none", "--runs", str(tmp_path)]
    done = CliRunner().invoke(main, [*sync, "--for", "account_contact_details"])
    assert done.exit_code == 0, done.output
    reader = open_run(next(tmp_path.glob("*.duckdb")))
    try:
        read = f"select distinct operation from iamsql.coverage where account_id = '{PAYMENTS}' and status = 'ok'"
        assert {("GetContactInformation",), ("ListAccessKeys",)} <= set(reader.run(read).rows)
        [(options,)] = reader.run("select options from iamsql.run").rows
        told = json.loads(options)
        assert told["asked"] == ["account_contact_details"] and "aws_account_contact" in told["beside"]
    finally:
        reader.close()


def test_beside_tables_that_are_named_it_adds_to_those(tmp_path: Path) -> None:
    run = ran(
        tmp_path,
        accounts=(PAYMENTS,),
        tables=("aws_iam_account_summary",),
        asked=("x",),
        beside=("aws_account_contact",),
    )
    asked = {call.operation for call in run.room.calls if call.account_id == PAYMENTS}
    assert asked == {"GetAccountSummary", "GetContactInformation"}
