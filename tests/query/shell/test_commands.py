"""The commands of the shell, without a terminal, over a small run."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import closing
from pathlib import Path

import pytest

from iamsql.query.shell import State, completion_names, opened_run
from iamsql.query.shell.interrupt import interruptible
from iamsql.query.shell.state import exceeds_screen
from iamsql.runs.store.reader import open_run
from tests.minimal_run import make_run
from tests.open_queries import ask
from tests.query.shell.conftest import ShellOutput

ENDLESS = "select count(*) from range(1000000000000) a, range(10);"


def test_csv_has_a_line_for_each_row_and_only_visible_characters(shell: ShellOutput) -> None:
    shell(".output csv")
    assert (
        shell("select 'a' || chr(10) || chr(27) || chr(8203) as v, null as n;") == "v,n\n" + r'"a\n\x1b\u200b",' + "\n"
    )


def test_an_answer_has_its_notes(shell: ShellOutput) -> None:
    assert shell("select name from aws_iam_user order by all;").split() == ["name", "------", "ana", "bo"]
    assert shell.messages == [
        "2 of 4 accounts not read in full: 1 denied iam:GetAccountAuthorizationDetails, 1 AssumeRole failed (AccessDenied); "
        "1 account never tried: 1 suspended. See: iamsql query skipped_accounts"
    ]
    shell.state.quiet = True
    assert shell("from aws_iam_user;") and shell.messages == []


def test_a_query_is_run_by_its_name(shell: ShellOutput) -> None:
    assert shell("adults;").split() == ["name", "------", "bo"]
    assert shell(".run adults days=5").split() == ["name", "------", "ana", "bo"]
    assert shell(".run queries/adults.sql days=99").split() == ["name", "------"]


@pytest.mark.slow
def test_an_error_is_printed_and_the_shell_continues(shell: ShellOutput) -> None:
    for line, message in (
        ("select nam from aws_iam_user;", "nam"),
        ("create table t as select 1;", "not allowed on a run file"),
        ("from read_csv('/etc/passwd');", "passwd"),
        ("adlts;", "did you mean adults?"),
        (".run adults day=3", "did you mean days?"),
        (".run adults 3", "such as days=30"),
        (".run adults days=1 days=2", "each once"),
        (".run", "Specify a query"),
        (".run -", "Specify a query"),
        (".run 'adults", "cannot be parsed"),
        (".tabels", "did you mean .tables?"),
        (".tables nothing_like_it", "no table like"),
        (".queries nothing_like_it", "no query like"),
        (".inspect aws_iam_usr", "did you mean aws_iam_user"),
        (".inspect", "no table or query"),
        (".output cvs", "did you mean csv?"),
        (".dialect oracle", "duckdb or postgres"),
        (".pager maybe", "on or off"),
        (".explain", "Specify a query or SQL"),
        ("select $a;", "--arg a"),
    ):
        assert shell(line) == "", line
        assert len(shell.messages) == 1 and shell.messages[0].startswith("Error: ") and message in shell.messages[0], (
            shell.messages
        )
    assert shell("select 7 as seven;").split() == ["seven", "-------", "7"]


@pytest.mark.slow
def test_tables_are_listed_by_pattern(shell: ShellOutput) -> None:
    assert "aws_iam_user" in shell(".tables") and "coverage" not in shell(".tables")
    assert shell(".tables iam_us").split()[8:10] == ["aws_iam_user", "2"]
    assert "iamsql.coverage" in shell(".tables iamsql.*")


@pytest.mark.slow
def test_inspect_prints_the_columns_of_a_table_or_a_query(shell: ShellOutput) -> None:
    shell.state.paged = False
    assert "aws_iam_user: " in shell(".inspect aws_iam_user") and "age " in shell(".inspect aws_iam_user")
    assert "error_code" in shell(".inspect iamsql.coverage")
    assert "--arg days=" in shell(".inspect adults") and "select name from aws_iam_user" in shell(".inspect adults")


def test_queries_are_listed_by_name_and_title(shell: ShellOutput) -> None:
    assert "adults" in shell(".queries above an age") and "stale_keys" not in shell(".queries above an age")
    shell(".queries")
    assert any("stale_keys" in text and "adults" in text for text in (*shell.paged, *shell.shown))


def test_output_and_dialect_are_kept(shell: ShellOutput) -> None:
    shell(".output jsonl")
    assert shell.messages == ["The output format is jsonl."]
    assert shell("select 1 as a;") == '{"a": 1}\n'
    shell(".dialect postgres")
    assert (shell.messages, shell.state.query_for("select 1;").dialect) == (
        ["The SQL dialect is postgres."],
        "postgres",
    )
    assert shell.state.query_for("adults;").dialect == "duckdb"


@pytest.mark.slow
def test_a_dialect_is_set_and_reset(shell: ShellOutput) -> None:
    assert shell("select 5 / 2 as half;").split()[-1] == "2.5"
    shell(".dialect postgres")
    assert shell("select 5 / 2 as half;").split()[-1] == "2"
    shell("copy (select 7 / 2 as half) to 'half.csv';")
    assert Path("half.csv").read_text() == "half\n3\n"
    assert "iam:GetAccountAuthorizationDetails" in shell(".explain select name from aws_iam_user")
    assert shell("adults;").split()[-1] == "bo"
    shell(".dialect duckdb")
    assert shell("select 5 / 2 as half;").split()[-1] == "2.5"


def test_explain_takes_sql_names_and_files(shell: ShellOutput) -> None:
    for text in ("adults", "from aws_iam_user", "from aws_iam_user;", "queries/adults.sql"):
        assert "iam:GetAccountAuthorizationDetails" in shell(f".explain {text}"), text


def test_help_lists_each_command_and_quit_ends_the_shell(shell: ShellOutput) -> None:
    assert all(word in shell(".help") for word in completion_names(shell.state).commands)
    for line in (".quit", "quit", "exit;"):
        shell.state.leaving = False
        shell(line)
        assert shell.state.leaving


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl", "markdown"])
def test_no_cell_controls_the_terminal(shell: ShellOutput, form: str) -> None:
    shell(f".output {form}")
    text = shell(r"select e'\x1b[2J\x9b\r\x07' as a, chr(8238) as b, json_object('k', chr(27)) as c;")
    assert not [letter for letter in text if letter != "\n" and not letter.isprintable()]
    shell("select error('\x1b[2J');")
    assert "\x1b" not in shell.messages[0]


def test_output_longer_than_the_terminal_is_paged(shell: ShellOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", "10")
    monkeypatch.setenv("COLUMNS", "20")
    assert shell("from range(50);") == "" and shell.paged[0].count("\n") == 52
    assert shell("from range(5);") and not shell.paged
    assert exceeds_screen("x" * 200) and not exceeds_screen("x" * 100)
    shell(".pager off")
    assert shell("from range(50);").count("\n") == 52 and not shell.paged


def test_copy_writes_its_file_and_the_run_stays_open(shell: ShellOutput, tmp_path: Path) -> None:
    shell("copy (select 1 as a) to 'out.csv';")
    assert shell.messages == [f"Wrote {tmp_path / 'out.csv'}."] and (tmp_path / "out.csv").read_text() == "a\n1\n"
    assert shell("select 2 as b;").split() == ["b", "---", "2"]
    assert shell("from read_csv('out.csv');") == "" and "out.csv" in shell.messages[0]


def test_the_run_stays_open_when_its_file_is_deleted(shell: ShellOutput, tmp_path: Path) -> None:
    shell("select 1;")
    (tmp_path / "x.duckdb").unlink()
    assert "ana" in shell("from aws_iam_user;")


def press_ctrl_c_after(seconds: float) -> None:
    threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT)).start()


@pytest.mark.slow
def test_ctrl_c_interrupts_the_statement_and_not_the_shell(shell: ShellOutput) -> None:
    press_ctrl_c_after(0.5)
    assert shell(ENDLESS) == "" and shell.messages == ["Stopped."]
    assert shell("select 3 as c;").split() == ["c", "---", "3"]


@pytest.mark.slow
def test_an_interrupted_copy_leaves_no_file(shell: ShellOutput, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    press_ctrl_c_after(0.5)
    shell(f"copy ({ENDLESS.rstrip(';')}) to 'out.csv';")
    assert shell.messages == ["Stopped."] and sorted(tmp_path.iterdir()) == before


def test_an_interrupt_is_repeated_until_it_has_an_effect() -> None:
    tries: list[int] = []
    done = threading.Event()

    def stop() -> None:
        tries.append(1)
        if len(tries) == 3:
            done.set()

    press_ctrl_c_after(0.1)
    with pytest.raises(KeyboardInterrupt):
        interruptible(lambda: done.wait(20), stop)
    assert len(tries) >= 3
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 / 0, stop)


@pytest.mark.slow
def test_a_file_of_an_earlier_schema_is_read_through_raw_items(tmp_path: Path) -> None:
    raw = (
        "create table raw.organizations_list_roots as select '1' account_id, 'global' as region, '{}'::json as bound,"
        ' \'{"Id": "r-1", "Name": "Root"}\'::json as item, now() as synced_at'
    )
    old = "create table aws_organizations_root as select 'old' as id"
    path = make_run(tmp_path / "x.duckdb", fingerprint="another", statements=(raw, old))
    with closing(open_run(path)) as reader:
        state = State(reader, show=print, page=print, say=print)
        for sql in ("select 1;", "select id from aws_organizations_root;"):
            rows = ask(reader, state.query_for(sql)).rows
        assert rows == [("r-1",)]
        assert opened_run(reader).startswith("Run ")


@pytest.mark.slow
def test_completion_has_the_names_of_the_file_and_of_the_queries(shell: ShellOutput) -> None:
    names = completion_names(shell.state)
    assert names.tables["aws_iam_user"]["age"] and "error_code" in names.tables["iamsql.coverage"]
    assert names.queries["adults"] == ["days"] and ".run" in names.commands
