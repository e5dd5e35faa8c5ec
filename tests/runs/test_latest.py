"""The runs `latest` and `previous`: a run with options is not used in place of a full run, and the choice is printed."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.latest import Requirements, choose, newest_run_with_tables
from iamsql.runs.status import table_of_runs
from tests.runs.run_folders import add_run, id_of
from tests.tiers import slow_but_every

USER, ROLE = "aws_iam_user", "aws_iam_role"  # the runs of these tests have collected users, and no roles
LIMITS = [
    ({"tables": ["aws_iam_x"]}, "tables aws_iam_x"),
    ({"accounts": ["111111111111"]}, "accounts 111111111111"),
    ({"skip_accounts": ["222222222222"]}, "without accounts 222222222222"),
    ({"ous": ["ou-1", "ou-2"]}, "OUs ou-1, ou-2"),
    ({"skip_ous": ["ou-1", "ou-2", "ou-3", "ou-4", "ou-5"]}, "without OUs ou-1, ou-2, ou-3 and 2 more"),
    ({"states": ["CLOSED"]}, "states CLOSED"),
    ({"max_calls": 9}, "stopped by --max-calls 9"),
]
CUT = "insert into iamsql.coverage by name select 'skipped' as status, 'max_calls' as error_code"
UNLISTED = """insert into iamsql.coverage by name select 'organizations' as service, 'ListAccounts' as operation,
'denied' as status, 'AccessDeniedException' as error_code"""
ROLES = "insert into iamsql.coverage by name select 'iam' as service, 'ListEverything' as operation, 'ok' as status"
NOBODY = "update iamsql.accounts set outcome = 'assume_role_failed'"


def limited(folder: Path, days: float, options: dict[str, object], *statements: str, **metadata: str) -> Path:
    """Write a run of a sync with options, and execute more statements."""
    path = add_run(folder, days, options=json.dumps(options), **metadata)
    with duckdb.connect(str(path)) as con:
        for statement in (*statements, *([CUT] if "max_calls" in options else [])):
            con.execute(statement)
    return path


def needs(*tables: str, accounts: tuple[str, ...] = ()) -> Requirements:
    return Requirements(lambda path: tables, accounts)


def ask(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--runs", str(folder)])


@pytest.mark.parametrize(("options", "scope"), slow_but_every(3, LIMITS))
def test_a_run_of_a_selection_is_passed_over_with_a_note(
    tmp_path: Path, options: dict[str, object], scope: str
) -> None:
    full, new = add_run(tmp_path, 2), limited(tmp_path, 1, options)
    choice = choose(tmp_path)
    assert choice.path == full
    assert len(choice.notes) == 1 and choice.notes[0].startswith(f"Using run {id_of(2)}: the newer run {id_of(1)} was ")
    assert [row[6] for row in table_of_runs(tmp_path).rows] == [scope, "full"]
    assert choose(tmp_path, id_of(1)).path == new and choose(tmp_path, str(new)).notes == []


@pytest.mark.parametrize(
    "options", slow_but_every(2, [{}, {"max_calls": 500000}, {"tables": ["all"]}, {"days": 3, "trust_report": True}])
)
def test_a_full_run_is_used_without_a_note(tmp_path: Path, options: dict[str, object]) -> None:
    add_run(tmp_path, 2)
    new = add_run(tmp_path, 1, options=json.dumps(options))
    assert choose(tmp_path).path == choose(tmp_path, needs=needs(USER)).path == new
    assert choose(tmp_path).notes == []


@pytest.mark.slow
@pytest.mark.parametrize(("statement", "why"), [(NOBODY, "read no account"), (UNLISTED, "could not list the organ")])
def test_a_run_without_accounts_is_passed_over(tmp_path: Path, statement: str, why: str) -> None:
    full = add_run(tmp_path, 2)
    limited(tmp_path, 1, {}, statement)
    choice = choose(tmp_path, needs=needs(USER))
    assert choice.path == full and why in choice.notes[0]


@pytest.mark.slow
def test_a_run_of_some_tables_answers_queries_over_them(tmp_path: Path) -> None:
    full, new = add_run(tmp_path, 2), limited(tmp_path, 1, {"tables": [USER]})
    assert choose(tmp_path, needs=needs(USER)).path == new
    assert choose(tmp_path, needs=needs(USER, ROLE)).path == full
    assert f"was limited by --table {USER} and lacks {ROLE}" in choose(tmp_path, needs=needs(USER, ROLE)).notes[0]
    assert choose(tmp_path, needs=needs()).path == new  # such as: what was skipped in the newest run


@pytest.mark.slow
def test_a_run_of_some_accounts_answers_queries_over_them(tmp_path: Path) -> None:
    full, new = add_run(tmp_path, 2), limited(tmp_path, 1, {"accounts": ["111111111111"]})
    assert choose(tmp_path, needs=needs(USER, accounts=("111111111111",))).path == new
    assert choose(tmp_path, needs=needs(USER, accounts=("111111111111", "222222222222"))).path == full
    assert choose(tmp_path, needs=needs(USER)).path == full


@pytest.mark.slow
def test_a_run_of_named_accounts_that_an_ou_limits_may_lack_one_of_them(tmp_path: Path) -> None:
    full = add_run(tmp_path, 2)
    limited(tmp_path, 1, {"accounts": ["111111111111"], "ous": ["ou-1"]})
    assert choose(tmp_path, needs=needs(USER, accounts=("111111111111",))).path == full


@pytest.mark.slow
def test_without_a_full_run_the_closest_newest_run_is_used_with_a_note(tmp_path: Path) -> None:
    limited(tmp_path, 3, {"ous": ["ou-1"]})
    limited(tmp_path, 2, {"accounts": ["111111111111"]}, ROLES)
    limited(tmp_path, 1, {"tables": [USER]}, NOBODY)
    choice = choose(tmp_path, needs=needs(ROLE))
    assert choice.path.name.startswith(id_of(2))
    assert choice.notes == [
        f"Using run {id_of(2)}: the newer run {id_of(1)} read no account.",
        f"Run {id_of(2)} was limited by --account 111111111111, and there is no full run to use instead.",
    ]


@pytest.mark.slow
def test_runs_of_other_organizations_and_imported_runs_are_passed_over(tmp_path: Path) -> None:
    add_run(tmp_path, 4, organization_id="o-2", run_id=id_of(4, "o-2"))
    add_run(tmp_path, 3, options='{"import": true}')
    new = limited(tmp_path, 1, {"accounts": ["111111111111"]})
    assert choose(tmp_path).path == new
    caller = "arn:aws:sts::111111111111:assumed-role/a/b"
    full = add_run(tmp_path, 2, caller_arn=caller)
    limited(tmp_path, 0.5, {}, UNLISTED, caller_arn=caller, organization_id="", run_id=id_of(0.5, "111111111111"))
    assert choose(tmp_path).path == full  # by the caller, where the organization could not be read


@pytest.mark.slow
def test_a_query_that_latest_cannot_answer_uses_the_newest_run_that_can(tmp_path: Path) -> None:
    assert newest_run_with_tables(tmp_path, [ROLE]) is None
    limited(tmp_path, 3, {"tables": [ROLE]}, ROLES)
    add_run(tmp_path, 2)
    done = ask(tmp_path, "query", f"select count(*) from {ROLE}", "-o", "csv")
    assert (done.exit_code, done.stdout.split()) == (0, ["count_star()", "0"])
    assert done.stderr.startswith(f"Using run {id_of(3)}: newer runs did not collect {ROLE}.\n")
    result = ask(tmp_path, "query", f"select count(*) from {ROLE}", "-q", "--run", id_of(2))
    assert result.exit_code == 2 and f"{ROLE} was not collected in run {id_of(2)}.\n" in result.stderr


@pytest.mark.slow
def test_previous_is_the_earlier_run_of_the_same_selection(tmp_path: Path) -> None:
    first = add_run(tmp_path, 5)
    limited(tmp_path, 4, {"ous": ["ou-1"]})
    add_run(tmp_path, 3)
    limited(tmp_path, 2, {"tables": [USER]})
    choice = choose(tmp_path, "previous")
    assert choice.path == first and f"the newer run {id_of(4)} was limited by --ou ou-1" in choice.notes[0]


@pytest.mark.slow
def test_previous_of_a_selection_is_a_run_of_the_same_selection(tmp_path: Path) -> None:
    alike = limited(tmp_path, 3, {"ous": ["ou-1"], "days": 3})
    limited(tmp_path, 2, {"ous": ["ou-2"]})
    limited(tmp_path, 1, {"ous": ["ou-1"]})
    assert choose(tmp_path, "previous").path == alike
    alike.unlink()
    with pytest.raises(IamsqlError, match=rf"No run before {id_of(1)} can be compared .*{id_of(2)} was limited by"):
        choose(tmp_path, "previous")


@pytest.mark.slow
def test_the_first_full_run_has_no_previous_run(tmp_path: Path) -> None:
    add_run(tmp_path, 2)
    with pytest.raises(IamsqlError, match=f"has only one run, {id_of(2)}"):
        choose(tmp_path, "previous")
    limited(tmp_path, 1, {"tables": [USER]})
    with pytest.raises(IamsqlError, match=f"no run before {id_of(2)} in .*; newer runs were limited"):
        choose(tmp_path, "previous")


@pytest.mark.slow
def test_diff_compares_full_runs_and_notes_different_selections(tmp_path: Path) -> None:
    add_run(tmp_path, 3), add_run(tmp_path, 2), limited(tmp_path, 1, {"tables": [USER]})
    done = ask(tmp_path, "diff", "--only", "user")
    assert done.exit_code == 0 and "different scopes" not in done.stderr and f"Using run {id_of(2)}: " in done.stderr
    result = ask(tmp_path, "diff", id_of(3), id_of(1), "--only", "user")
    assert f"The runs have different scopes: {id_of(3)} (full) and {id_of(1)} (tables {USER})." in result.stderr


def test_a_newest_run_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    add_run(tmp_path, 2)
    broken = tmp_path / f"{id_of(1)}.duckdb"
    broken.write_bytes(b"x" * 9000)
    assert choose(tmp_path).path == broken


def test_each_run_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_run(tmp_path, 1)
    first = choose(tmp_path)
    monkeypatch.setattr("iamsql.runs.status.run_status", lambda run: pytest.fail("it was opened again"))
    assert choose(tmp_path) == first


@pytest.mark.slow
def test_a_shard_is_never_latest_nor_previous(tmp_path: Path) -> None:
    merged, before = add_run(tmp_path, 3), add_run(tmp_path, 5)
    for number in (1, 2):
        add_run(tmp_path, 2, options=f'{{"shard": "{number}/2"}}', run_id=id_of(2, f"o-1-shard-{number}-of-2"))
    renamed = add_run(tmp_path, 1, options='{"shard": "1/2"}')
    assert choose(tmp_path).path == choose(tmp_path, needs=needs()).path == merged and choose(tmp_path).notes == []
    assert choose(tmp_path, "previous").path == before
    assert choose(tmp_path, str(renamed)).path == renamed
    assert choose(tmp_path, id_of(2, "o-1-shard-1-of-2")).path.name.endswith("-shard-1-of-2.duckdb")
    for path in (merged, before, renamed):
        path.unlink()
    with pytest.raises(IamsqlError, match=r"has only shards of runs\.\nMerge them with: iamsql runs merge"):
        choose(tmp_path)
