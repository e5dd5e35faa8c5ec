"""`runs show --account` says why an account of the sample organization is missing, and what to type."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.query import listing as describe
from tests.conftest import query


def facts(run: Path, account: str) -> dict[str, list[str | None]]:
    """Return the values of each fact of an account."""
    values_by_fact: dict[str, list[str | None]] = {}
    for name, value in describe.account(run, account).rows:
        values_by_fact.setdefault(str(name), []).append(value)
    return values_by_fact


def test_each_role_that_was_tried_has_the_message_of_aws(demo_run: Path) -> None:
    account_facts = facts(demo_run, "web-test")
    assert (account_facts["account_id"], account_facts["outcome"]) == (["999900001111"], ["assume_role_failed"])
    roles = ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole")
    assert len(account_facts["role"]) == len(roles) and "reason" not in account_facts
    for role, text in zip(roles, account_facts["role"], strict=True):
        assert str(text).startswith(f"{role}: AccessDenied: User: ")
        assert str(text).endswith(f"arn:aws:iam::999900001111:role/{role}")
    assert account_facts["command"] == ["iamsql sync --retry-gaps --role NAME --demo"]


def test_each_call_that_failed_has_the_message_of_aws(demo_run: Path) -> None:
    account_facts = facts(demo_run, "121212121212")
    (call,) = account_facts["call"]
    assert str(call).startswith("cloudtrail:LookupEvents: denied in ap-southeast-2, eu-north-1, us-east-1, us-east-2: ")
    assert "explicit deny in a service control policy" in str(call)
    assert account_facts["command"] == ["iamsql sync --retry-gaps --demo"]


def test_other_outcomes(demo_run: Path) -> None:
    assert facts(demo_run, "acquired-2021")["reason"] == ["The account's state is SUSPENDED."]
    assert not {"role", "call", "reason", "remediation", "command"} & set(facts(demo_run, "security-tooling"))


def test_every_account_has_its_outcome_and_a_missing_one_a_remediation(demo_run: Path) -> None:
    for account, outcome in query(demo_run, "select account_id, outcome from iamsql.accounts"):
        account_facts = facts(demo_run, account)
        assert account_facts["outcome"] == [outcome] and (outcome == "complete") == ("remediation" not in account_facts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("web", "has no account 'web'; did you mean web-prod or web-test?\n"),
        ("9999000011112", "has no account '9999000011112'; did you mean 999900001111 or "),
        ("webtest", "has no account 'webtest'; did you mean web-test"),
        ("zzz", "has no account 'zzz'.\nList the accounts with: "),
        ("", "has no account ''.\n"),
    ],
)
def test_an_unknown_account_is_an_error_with_near_names(demo_run: Path, text: str, message: str) -> None:
    with pytest.raises(IamsqlError) as raised:
        describe.account(demo_run, text)
    assert message in str(raised.value)


def test_a_name_of_several_accounts_is_an_error_with_their_ids(demo_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copy(demo_run, tmp_path / demo_run.name))
    with duckdb.connect(str(run)) as con:
        con.execute("update iamsql.accounts set name = 'web' where name in ('web-test', 'web-prod')")
    with pytest.raises(IamsqlError, match="2 accounts have the name 'web': 666677778888, 999900001111"):
        describe.account(run, "web")


def test_a_terminal_shows_a_record_that_cuts_nothing(demo_run: Path) -> None:
    arguments = ["runs", "show", str(demo_run), "--account", "999900001111"]
    output = CliRunner().invoke(main, [*arguments, "--color", "always"], env={"COLUMNS": "80"}).stdout
    assert "…" not in output and output.count("AccessDenied") == 3 and "--retry-gaps --role NAME --demo" in output
    unknown = CliRunner().invoke(main, [*arguments[:-1], "42"])
    assert (unknown.exit_code, unknown.stdout) == (2, "")
