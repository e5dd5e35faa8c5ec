"""`iamsql check` of controls: selection, results without the data that they need, and exit codes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from iamsql.check.controls import COLUMNS
from iamsql.runs.store.reader import Reader
from tests.check.example_controls import DENIED, MFA, OLD, A, B, control, make, rows, run, statuses
from tests.minimal_run import COMPLETE, FALLBACKS, GAPS
from tests.tiers import slow_after, slow_but_every

MFA_ROWS = [
    ("mfa", "ok", "ana"),
    ("mfa", "alarm", "bo"),
    ("mfa", "error", "cy"),
    ("mfa", "error", "222222222222"),
    ("mfa", "alarm", "eve"),
    ("mfa", "error", "333333333333"),
    ("mfa", "skip", "444444444444"),
]
ALIAS_ROWS = [
    ("alias", "ok", "111111111111"),
    ("alias", "error", "222222222222"),
    ("alias", "error", "333333333333"),
    ("alias", "skip", "444444444444"),
]
REGIONAL = f"""
select 'arn:aws:x:' || p.region || ':{A}:' || p.name as resource, 'ok' as status, 'Fine.' as reason, '{A}' as account_id,
    p.region as region
from places as p order by p.name
"""
PLACES = """
create table places as select * from (values ('us-east-1', 'east'), ('eu-west-1', 'west'), ('global', 'both'))
t(region, name)
"""
pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("names", "expected"),
    slow_but_every(
        3,
        [
            (("mfa",), MFA_ROWS),
            (("mfa@1",), MFA_ROWS),
            (("first",), ALIAS_ROWS + MFA_ROWS),
            (("mfa", "first"), MFA_ROWS + ALIAS_ROWS),
            (("all",), ALIAS_ROWS + MFA_ROWS),
            (("controls",), ALIAS_ROWS + MFA_ROWS),
        ],
    ),
)
def test_controls_are_selected_by_name_by_tag_or_all_at_once(
    names: tuple[str, ...], expected: list[tuple[str, str, str]]
) -> None:
    assert statuses(*names) == expected


@pytest.mark.slow
def test_a_row_has_the_section_and_the_id_of_its_control() -> None:
    results = rows("first_v1.0")
    assert tuple(results[0]) == COLUMNS
    assert {(row["benchmark"], row["section"], row["id"], row["control"], row["title"]) for row in results} == {
        ("first_v1.0", "1 People", "1.1", "mfa", "Everyone has MFA"),
        ("first_v1.0", "1 People / Names", "1.2", "alias", "About alias"),
    }
    assert results[1] | {"reason": ""} == {
        "benchmark": "first_v1.0", "section": "1 People", "id": "1.1", "control": "mfa", "title": "Everyone has MFA",
        "severity": "high", "status": "alarm", "resource": f"arn:aws:iam::{A}:user/bo", "reason": "", "account_id": A,
        "account_name": "main", "region": "global", "dimensions": '{"user_name":"bo","days":7}',
    }  # fmt: skip


@pytest.mark.slow
def test_a_control_in_several_sections_runs_once_and_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    store = Reader.store_select
    monkeypatch.setattr(
        Reader,
        "store_select",
        lambda self, table, sql, values: (commands.append(sql), store(self, table, sql, values))[1],
    )
    result = run("first_v1.0", "mfa", "alias", "-o", "brief")
    assert len(commands) == 3  # alias with the benchmark's value, and with its own
    assert "TOTAL .... 15" in result.stdout


def test_missing_data_is_reported_once_and_never_ok() -> None:
    reasons = {row["account_id"]: row["reason"] for row in rows("mfa") if ":::" in row["resource"]}
    assert reasons == {
        "222222222222": "Unknown: iam:GetAccountAuthorizationDetails denied (AccessDenied).",
        "333333333333": "Unknown: AssumeRole failed (AccessDenied).",
        "444444444444": "The account is suspended and was not read.",
    }
    result = run("first_v1.0")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "From ./queries: ./queries/theme/mfa.sql, ./queries/theme/alias.sql.",
        "From ./queries: ./queries/benchmarks/first_v1.0.toml.",
        "2 controls could not be evaluated in full in 3 accounts. See: iamsql query skipped_accounts",
    ]


@pytest.mark.slow
def test_a_denied_call_counts_as_made_when_its_fallback_calls_succeeded(folder: Path) -> None:
    spare = tuple(
        f"insert into iamsql.table_calls values ('people', 'iam', '{call}', 'GetAccountAuthorizationDetails')"
        for call in ("ListUsers", "ListGroupsForUser")
    )
    make(folder, (*GAPS, *FALLBACKS), statements=spare)
    assert ("mfa", "ok", "dee") in statuses("mfa")
    assert not [row for row in rows("mfa") if row["resource"].endswith(f":::{B}")]


@pytest.mark.slow
def test_a_control_over_the_raw_table_of_a_fallback_call_is_unknown_in_other_accounts(folder: Path) -> None:
    make(folder, (*GAPS, *FALLBACKS))
    count = "count(u.account_id) || ' users' as reason"
    control(
        folder,
        "raw",
        f"""select 'arn:aws:::' || a.account_id as resource, 'ok' as status, {count}, a.account_id, 'global' as region
        from iamsql.accounts a left join raw.iam_list_users u using (account_id) group by all order by 1""",
    )
    assert [(row["account_id"], row["status"], row["reason"]) for row in rows("raw")] == [
        (A, "error", "Unknown: not collected (iam:ListUsers)."),
        (B, "ok", "0 users"),
        (DENIED, "error", "Unknown: AssumeRole failed (AccessDenied)."),
        (OLD, "skip", "The account is suspended and was not read."),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("is_partly_read", [False, True])
def test_a_control_is_unknown_in_the_accounts_in_which_a_fallback_call_failed(
    folder: Path, is_partly_read: bool
) -> None:
    """The call fell back in two accounts, and the fallback failed in both, or in one: the others have complete data."""
    last = ("ok", None) if is_partly_read else ("throttled", "ThrottlingException")
    coverage = (
        (A, "iam", "GetAccountAuthorizationDetails", "denied", "AccessDenied"),
        (A, "iam", "ListUsers", "denied", "AccessDenied"),
        (B, "iam", "GetAccountAuthorizationDetails", "denied", "AccessDenied"),
        (B, "iam", "ListUsers", *last),
        (DENIED, "iam", "GetAccountAuthorizationDetails", "ok", None),
    )
    calls = "insert into iamsql.table_calls values ('people', 'iam', 'ListUsers', 'GetAccountAuthorizationDetails')"
    accounts = f"update iamsql.accounts set outcome = 'complete' where account_id = '{DENIED}'"
    make(folder, coverage, statements=(calls, accounts))
    for name, table in (("typed", "people"), ("raw", "raw.iam_list_users")):
        control(
            folder,
            name,
            f"""select 'arn:aws:::' || a.account_id as resource, 'ok' as status, 'Fine.' as reason, a.account_id, 'global' as region
            from iamsql.accounts a left join {table} u using (account_id) where a.account_id <> '{OLD}' group by all order by 1""",
        )
    status_by_account = {name: {row["account_id"]: row["status"] for row in rows(name)} for name in ("typed", "raw")}
    expected = {A: "error", B: "ok" if is_partly_read else "error"}
    assert {name: {account: states[account] for account in (A, B)} for name, states in status_by_account.items()} == {
        "typed": expected,
        "raw": expected,
    }
    # The typed table is complete where the call succeeded; the raw table of the fallback has nothing there.
    assert (status_by_account["typed"][DENIED], status_by_account["raw"][DENIED]) == ("ok", "error")


def test_a_gap_in_a_region_affects_results_of_that_region(folder: Path) -> None:
    calls = "insert into iamsql.table_calls values ('places', 'x', 'ListX', null)"
    gaps = f"""insert into iamsql.coverage by name
        select '{A}' as account_id, 'us-east-1' as region, 'x' as service, 'ListX' as operation, 'denied' as status
        union all by name
        select '{A}' as account_id, 'eu-west-1' as region, 'x' as service, 'ListX' as operation, 'ok' as status"""
    make(folder, statements=(PLACES, calls, gaps, "delete from iamsql.accounts where account_id <> '111111111111'"))
    control(folder, "places", REGIONAL)
    assert [(row["status"], row["region"]) for row in rows("places")] == [("error", "us-east-1"), ("ok", "eu-west-1")]
    assert rows("places")[0]["reason"] == "Unknown: x:ListX denied."


@pytest.mark.slow
def test_a_call_that_the_run_did_not_make_is_not_collected(folder: Path) -> None:
    make(folder, COMPLETE, statements=(PLACES, "insert into iamsql.table_calls values ('places', 'x', 'ListX', null)"))
    control(folder, "places", REGIONAL)
    results = rows("places")
    assert {(row["status"], row["reason"]) for row in results} == {
        ("error", "Unknown: not collected (x:ListX): collect it with sync --for and the name of this control.")
    }
    assert [row["account_id"] for row in results] == [A, B]
    assert run("places", "mfa").stderr.splitlines()[-1] == (
        "The run did not collect the data of 1 control; collect it with: iamsql sync --for places --for mfa"
    )


@pytest.mark.slow
def test_a_gap_of_an_organization_call_affects_every_account(folder: Path) -> None:
    calls = "insert into iamsql.table_calls values ('people', 'organizations', 'ListRoots', null)"
    denied = f"""insert into iamsql.coverage by name
        select '{A}' as account_id, 'organizations' as service, 'ListRoots' as operation, 'denied' as status"""
    make(folder, COMPLETE, statements=(calls, denied, "delete from iamsql.accounts where account_id > '222222222222'"))
    assert statuses("mfa", "--where", "status <> 'alarm'") == [
        ("mfa", "error", A), ("mfa", "error", "cy"), ("mfa", "error", B), ("mfa", "skip", "444444444444"),
    ][:3]  # fmt: skip
    assert statuses("alias") == [("alias", "error", A), ("alias", "error", B)]


@pytest.mark.slow
def test_a_call_that_was_made_only_in_other_accounts_is_missing(folder: Path) -> None:
    make(folder, (COMPLETE[0],), statements=("delete from iamsql.accounts where account_id > '222222222222'",))
    assert ("mfa", "error", B) in statuses("mfa") and ("mfa", "ok", "dee") not in statuses("mfa")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select nonsense from people", "nonsense"),
        ("select 1 as one", "the first columns of a control must be resource, status, reason, account_id, region."),
        (MFA.replace("'alarm'", "'bad'"), "status must be ok, alarm, info, skip or error, not 'bad'."),
        (MFA.replace("p.account_id as account_id", "null as account_id"), "must have a resource and an account_id"),
        ("copy people to 'x.csv'", "one SELECT"),
    ],
)
def test_a_control_that_fails_is_named_and_the_others_run(folder: Path, sql: str, message: str) -> None:
    path = control(folder, "bad", sql)
    result = run("all", "-o", "csv")
    [error] = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert result.exit_code == 2 and f"{path.relative_to(folder)}: " in error and message in error
    assert len(result.stdout.splitlines()) == 1 + len(ALIAS_ROWS + MFA_ROWS)
    assert "FAILED" in run("all").stdout and not Path("x.csv").exists()


@pytest.mark.parametrize(
    ("args", "expected"),
    slow_but_every(
        2,
        [
            (("all", "--severity", "high"), MFA_ROWS),
            (("mfa", "--account", A), MFA_ROWS[:3]),
            (("mfa", "--where", "status = 'alarm'"), [MFA_ROWS[1], MFA_ROWS[4]]),
            (("mfa", "--where", "status = 'alarm' or true", "--account", B), MFA_ROWS[3:5]),
            (("mfa", "--where", "dimensions ->> 'user_name' = 'ana' -- a comment"), MFA_ROWS[:1]),
            (("first_v1.0", "--where", "id = '1.2' and status = 'alarm'"), [("alias", "alarm", A)]),
            (("alias", "--arg", "want=z", "--where", "status = 'alarm'"), [("alias", "alarm", A)]),
            (
                ("alias", "--arg", "alias.want=z", "--arg", "want=x", "--where", "status = 'alarm'"),
                [("alias", "alarm", A)],
            ),
            (("first_v1.0", "--arg", "want=x", "--where", "control = 'alias' and status <> 'error'"), ALIAS_ROWS[::3]),
        ],
    ),
)
def test_options_select_controls_and_results(args: tuple[str, ...], expected: list[tuple[str, str, str]]) -> None:
    assert statuses(*args) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("mfa",), 1),
        (("mfa", "--where", "status = 'ok'"), 0),
        (("alias",), 4),
        (("alias", "--where", "status <> 'error'"), 0),
        (("alias", "--arg", "want=z"), 1),
        (("all", "--severity", "critical"), 0),
    ],
)
def test_the_exit_code_is_1_for_alarms_and_4_for_unknown_results(args: tuple[str, ...], code: int) -> None:
    for output in ("table", "brief", "csv", "junit", "sarif"):
        assert run(*args, "-o", output).exit_code == code


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("mfaa",), "no benchmark, control, tag or detection named 'mfaa'; did you mean mfa"),
        (("first_v1",), "did you mean first_v1.0"),
        (("mfa@2",), "mfa has no version '2' (it has 1)"),
        (("mfa", "detections"), "run them separately"),
        (("mfa", "--arg", "wamt=x"), "none of the controls has a parameter 'wamt'"),
        (("alias", "--arg", "wamt=x"), "none of the controls has a parameter 'wamt'; did you mean want"),
        (("alias", "--arg", "mfa.want=x"), "none of the controls has a parameter 'mfa.want'"),
        (("mfa", "--where", "statu = 'alarm'"), "--where: Binder Error"),
        (("mfa", "--where", "status = 'alarm') or (true); select (1"), "expected one condition"),
        (("mfa", "--where", "exists (from read_csv('/etc/passwd'))"), "--where: "),
        (("mfa", "--days", "3"), "--days is for detections"),
        (("detections", "--where", "true"), "--where is for controls"),
        (("detections", "--fix"), "--fix is for controls"),
        (("mfa", "--account", "9" * 12), "The run has no account 999999999999."),
        (("mfa", "-o", "sarrif"), "unknown output format 'sarrif'; did you mean sarif"),
        (("mfa", "--export", "x.foo"), "cannot determine the format of x.foo"),
    ],
)
def test_invalid_input_is_an_error_of_one_or_two_lines(args: tuple[str, ...], message: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("Error: ") and message in result.stderr and len(result.stderr.splitlines()) <= 3


@pytest.mark.slow
def test_explain_lists_the_tables_of_each_control(folder: Path) -> None:
    control(folder, "bad", "select")
    result = run("first_v1.0", "bad", "--explain", "-o", "csv")
    assert "mfa,people,iam:GetAccountAuthorizationDetails," in result.stdout and "alias,people" in result.stdout
    assert result.exit_code == 2 and "bad.sql" in result.stderr
    assert run("first_v1.0", "--explain").exit_code == 0


def test_the_list_of_benchmarks() -> None:
    assert run("--list", "-o", "csv").stdout.splitlines() == [
        "benchmark,title,controls",
        "first_v1.0,First things,2",
    ]
    assert run("--list", "--export", "list.md").stdout == ""
    assert "| first_v1.0 | First things | 2 |" in Path("list.md").read_text()


def test_controls_run_over_a_file_of_another_program(folder: Path) -> None:
    with duckdb.connect("other.duckdb") as con:
        con.execute(f"create table people as select '{A}' as account_id, 'ana' as name, true as mfa")
    assert statuses("mfa", "--run", "other.duckdb") == [("mfa", "ok", "ana")]


@pytest.mark.parametrize(
    ("args", "fail_on", "code"),
    slow_but_every(
        4,
        [
            (("mfa",), "any", 1),  # alarms and errors
            (("mfa",), "alarm", 1),
            (("mfa",), "error", 4),
            (("mfa",), "none", 0),
            (("alias",), "any", 4),  # errors alone
            (("alias",), "alarm", 0),
            (("alias",), "error", 4),
            (("alias",), "none", 0),
            (("mfa", "--where", "status = 'ok'"), "error", 0),  # neither
        ],
    ),
)
def test_fail_on_selects_the_results_that_fail_the_command(args: tuple[str, ...], fail_on: str, code: int) -> None:
    assert run(*args, "--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize("fail_on", slow_after(2, ["any", "none", "alarm", "error"]))
def test_an_error_while_running_a_control_has_precedence_in_the_exit_code(folder: Path, fail_on: str) -> None:
    control(folder, "bad", "select")
    assert run("mfa", "bad", "--fail-on", fail_on).exit_code == 2
