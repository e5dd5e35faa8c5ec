"""The risk score is the sum of its listed parts, is equal in each report, and data that is unknown is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.queries.five_accounts import rows

PAYMENTS, SKIPPED = "555566667777", "999900001111"
PARTS = ("privilege", "age", "use", "mfa", "exposure", "root")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def scores(demo_run: Path) -> list[Row]:
    return rows(demo_run, "risk_score()")


def change_run(path: Path, *statements: str) -> Path:
    """Change the data of a run file."""
    path.chmod(0o600)
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)
    return path


def row_of(scored_rows: list[Row], name: str, key: str | None = None, account: str = PAYMENTS) -> Row:
    """Return the row of a user or access key."""
    (row,) = [
        row
        for row in scored_rows
        if (row["account_id"], row["user_name"], row["access_key_id"]) == (account, name, key)
    ]
    return row


@pytest.mark.slow
def test_the_score_is_the_sum_of_its_parts_and_at_most_10(scores: list[Row]) -> None:
    for row in scores:
        total = sum(row[part] or 0 for part in PARTS)
        assert row["score"] == pytest.approx(min(total, 10)), row
        assert (row["certainty"] == "exact") == (row["unknown"] is None)
        assert row["certainty"] == "at least" or all(row[part] is not None for part in PARTS)


@pytest.mark.slow
def test_each_user_key_and_root_user_has_a_row(scores: list[Row], demo_run: Path) -> None:
    identities = sorted((row["account_id"], row["user_name"], row["access_key_id"] or "") for row in scores)
    users = rows(demo_run, "(select account_id, name, '' as id from aws_iam_user)")
    keys = rows(demo_run, "(select account_id, user_name as name, access_key_id as id from aws_iam_access_key)")
    roots = rows(
        demo_run,
        "(select account_id, '<root_account>' as name, '' as id from iamsql.accounts where outcome in ('complete', 'incomplete'))",
    )
    assert identities == sorted(tuple(row.values()) for row in (*users, *keys, *roots))


def test_the_points_of_the_reasons_add_up_to_the_parts(scores: list[Row], demo_run: Path) -> None:
    weights = {f"{row['factor']}.{row['level']}": row["points"] for row in rows(demo_run, "risk_weights()")}
    for row in scores:
        codes = (row["reason_codes"] or "").split(", ") if row["reason_codes"] else []
        assert sum(weights[name] for name in codes) == pytest.approx(sum(row[part] or 0 for part in PARTS)), row


def test_the_highest_scores_come_first(scores: list[Row]) -> None:
    bruno = row_of(scores, "bruno")
    assert scores[0]["score"] == bruno["score"] == 10
    assert {"privilege.full", "mfa.none", "exposure.console_and_keys"} <= set(bruno["reason_codes"].split(", "))
    root = row_of(scores, "<root_account>")
    assert root["root"] == 6 and root["score"] >= 7


@pytest.mark.slow
def test_another_weight_changes_only_its_own_factor(scores: list[Row], demo_run: Path) -> None:
    moved = rows(demo_run, """risk_score(weights := '{"mfa.none": 0.5}')""")
    assert len(moved) == len(scores)
    for row in scores:
        other = row_of(moved, row["user_name"], row["access_key_id"], row["account_id"])
        assert other["mfa"] == (0.5 if "mfa.none" in (row["reason_codes"] or "") else row["mfa"])
        assert [other[part] for part in PARTS if part != "mfa"] == [row[part] for part in PARTS if part != "mfa"]


@pytest.mark.slow
def test_an_unknown_weight_is_an_error(demo_run: Path) -> None:
    with pytest.raises(duckdb.Error, match=r"there is no mfa\.non; .*risk_weights"):
        rows(demo_run, """risk_score(weights := '{"mfa.non": 4}')""")
    with pytest.raises(duckdb.Error, match="JSON"):
        rows(demo_run, "risk_score(weights := 'none')")


@pytest.mark.slow
def test_mfa_data_that_was_not_read_is_unknown(altered: Path) -> None:
    change_run(altered, "update aws_iam_user set mfa_enabled = null where name = 'bruno'")
    row = row_of(rows(altered, "risk_score()"), "bruno")
    assert row["mfa"] is None and row["certainty"] == "at least" and row["unknown"] == "MFA"


@pytest.mark.slow
def test_policies_that_were_not_read_make_privilege_unknown_except_for_administrators(altered: Path) -> None:
    gaps = "update iamsql.coverage set status = 'denied', error_code = 'AccessDenied' where service = 'iam'"
    change_run(altered, f"{gaps} and operation = 'GetAccountAuthorizationDetails' and account_id = '{PAYMENTS}'")
    scores = rows(altered, "risk_score()")
    assert row_of(scores, "bruno")["privilege"] == 4
    weak = row_of(scores, "checkout")
    assert weak["privilege"] is None and "policies" in weak["unknown"] and weak["certainty"] == "at least"


@pytest.mark.slow
def test_a_policy_without_its_document_is_unknown(altered: Path) -> None:
    change_run(altered, "update aws_iam_principal_policy set document_id = null where principal_name = 'ana.torres'")
    row = row_of(rows(altered, "risk_score()"), "ana.torres")
    assert row["privilege"] is None and row["unknown"] == "policies"


@pytest.mark.slow
def test_a_boundary_limits_privilege_and_one_that_was_not_read_makes_it_unknown(altered: Path) -> None:
    statement = (
        "insert into aws_iam_principal_policy by name select account_id, principal_arn, principal_type, principal_name, "
        "'boundary' as layer, 'boundary' as via, {document} as document_id "
        "from aws_iam_principal_policy where principal_name = 'bruno' limit 1"
    )
    change_run(altered, statement.format(document="null"))
    assert row_of(rows(altered, "risk_score()"), "bruno")["privilege"] is None
    reading = "insert into aws_iam_statement by name select 'reading' as document_id, 1 as number, 'Allow' as effect, "
    change_run(
        altered,
        f"{reading} ['s3:get*'] as actions, ['s3:get%'] as action_likes, ['*'] as resources, [] as conditions",
        "update aws_iam_principal_policy set document_id = 'reading' where layer = 'boundary' and principal_name = 'bruno'",
    )
    assert row_of(rows(altered, "risk_score()"), "bruno")["privilege"] == 0.5


@pytest.mark.slow
def test_a_root_user_without_report_and_summary_is_unknown(altered: Path) -> None:
    change_run(
        altered,
        f"delete from aws_iam_account_summary where account_id = '{PAYMENTS}'",
        f"delete from aws_iam_credential_report where account_id = '{PAYMENTS}'",
    )
    root = row_of(rows(altered, "risk_score()"), "<root_account>")
    assert [root[part] for part in ("privilege", "use", "mfa", "root")] == [None] * 4
    assert root["unknown"] == "MFA, keys, last use, password or keys"


@pytest.mark.slow
def test_the_audit_report_has_the_same_scores(scores: list[Row], demo_run: Path) -> None:
    for row in rows(demo_run, "audit_report()"):
        user_row = row_of(scores, row["user_name"], None, row["account_id"])
        key_row = row_of(scores, row["user_name"], row["access_key_id"], row["account_id"])
        assert row["user_risk"] == user_row["score"]
        assert (row["risk_score"], row["risk_reason"]) == (key_row["score"], key_row["reason"])
        exact = user_row["certainty"] == key_row["certainty"] == "exact"
        assert row["risk_certainty"] == ("exact" if exact else "at least")


@pytest.mark.slow
def test_the_list_of_top_risks_has_the_requested_length(scores: list[Row], demo_run: Path) -> None:
    top = rows(demo_run, "top_risks(top := 3)")
    assert [(row["kind"] == "account", row["rank"]) for row in top] == [(True, n) for n in (1, 2, 3)] + [
        (False, n) for n in (1, 2, 3)
    ]
    highest = max(row["score"] for row in scores)
    assert top[0]["score"] == top[3]["score"] == highest
    assert (top[3]["kind"], top[3]["name"], top[3]["account_id"]) == ("user", "bruno", PAYMENTS)
    every = rows(demo_run, "top_risks(top := 1000)")
    assert {row["kind"] for row in every} == {"account", "user", "role", "root"}
    assert SKIPPED not in {row["account_id"] for row in every}


@pytest.mark.slow
def test_a_role_that_anyone_may_assume_has_a_high_score(demo_run: Path) -> None:
    every = rows(demo_run, "top_risks(top := 1000)")
    open_roles = [row for row in every if row["kind"] == "role" and "everyone can assume the role" in row["reason"]]
    assert open_roles and all(row["score"] >= 5 for row in open_roles)
    assert not [row for row in every if row["kind"] == "role" and row["name"].startswith("AWSServiceRole")]
