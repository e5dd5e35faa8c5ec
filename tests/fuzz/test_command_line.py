"""Random arguments and random SQL in PostgreSQL's dialect give an answer or an error, never a traceback or a hang."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql import dialect
from iamsql.catalog.lexer import tokens
from iamsql.cli import main
from iamsql.model import IamsqlError
from tests.fuzz.example_count import ARGUMENT, TEXT, example_settings, exit_code
from tests.minimal_run import make_run

CONFORMANCE = sorted((Path(__file__).resolve().parents[3] / "shared" / "conformance").rglob("*.sql"))
COMMANDS = ("query", "check", "queries", "tables", "export", "import", "runs", "diff")
CONTEXT = click.Context(main)


def options_of(command: str) -> set[str]:
    """Return the options and arguments of a command."""
    click_command = main.get_command(CONTEXT, command)
    assert click_command is not None
    return {name for param in click_command.params for name in param.opts}


EVERY = {name for command in main.list_commands(CONTEXT) for name in options_of(command)}
OPTIONS = sorted(name for name in EVERY if name.startswith("--"))
UNSAFE = {"--help", "--runs", "--run", "--export"}  # given by the test itself, or ending it
NAMES = {"aws_iam_user": {"account_id": "VARCHAR", "name": "VARCHAR", "age": "INTEGER", "tags": "JSON"}}
WORD = st.sampled_from(
    "select from where group by order limit offset having join left lateral on using as with recursive union all except distinct "
    "case when then else end and or not in exists between like ilike similar to is null true false cast interval array values "
    "copy explain insert drop for update over partition filter within any some row unnest generate_series jsonb_array_elements "
    "coalesce now current_date aws_iam_user name age tags account_id a b x jsonb text int date timestamp numeric".split()
)
SIGN = st.sampled_from(
    "( ) [ ] , . ; : :: -> ->> #> #>> @> <@ ? ?| ?& || + - * / % ^ = <> != < > <= >= ~ ~* !~ 'a' '{}' '$.a' 'a b' E'\\n' "
    '$1 $n $$a$$ 1 0 1.5 1e9 "x" -- /* */ \''.split(" ")
)
SOUP = st.lists(WORD | SIGN | TEXT.filter(lambda text: len(text) < 4), min_size=1, max_size=25).map(" ".join)
EXPRESSION = st.recursive(
    st.sampled_from(("name", "age", "tags", "1", "'a'", "null", "now()", "tags -> 'a'", "tags ->> 'a'", "array[1, 2]")),
    lambda inner: (
        st.builds("({} {} {})".format, inner, SIGN, inner)
        | st.builds("{}({}, {})".format, WORD, inner, inner)
        | st.builds("({})::{}".format, inner, WORD)
        | st.builds("(select {} from aws_iam_user)".format, inner)
        | st.builds("case when {} then {} end".format, inner, inner)
    ),
    max_leaves=8,
)
QUERY = st.builds("select {} from aws_iam_user as a where {}".format, EXPRESSION, EXPRESSION)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("fuzz") / "20260301T100000Z-o-1.duckdb")


@pytest.mark.slow
@example_settings(60)
@given(SOUP | QUERY)
def test_any_sql_is_translated_or_an_error(sql: str) -> None:
    with contextlib.suppress(IamsqlError):
        dialect.translate(sql, NAMES)
    with contextlib.suppress(IamsqlError):
        dialect.redirect(sql, lambda path: path)
    assert sum(len(sql[token.start : token.stop]) for token in tokens(sql)) <= len(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "explain", "explain analyze", "explain (costs)", "explain; select 1", "select " + "(" * 3000 + "1" + ")" * 3000,
        "select " + "not " * 5000 + "true", "select " + "case when true then " * 2000 + "1" + " end" * 2000,
        "select " + "array[" * 1500 + "1" + "]" * 1500,
    ],
)  # fmt: skip
def test_statements_that_failed_before_are_translated_or_an_error(sql: str) -> None:
    with pytest.raises(IamsqlError):
        dialect.translate(sql, NAMES)


@example_settings(40)
@given(st.data())
@pytest.mark.skipif(not CONFORMANCE, reason="the conformance queries are not here")
def test_changed_conformance_queries_are_translated_or_an_error(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(CONFORMANCE)).read_text(encoding="utf-8", errors="replace")[:4000]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.integers(0, 60)))
        text = text[:start] + data.draw(st.just("") | WORD | SIGN | EXPRESSION) + text[stop:]
    with contextlib.suppress(IamsqlError):
        dialect.translate(text, NAMES)


@pytest.mark.slow
@example_settings(25)
@given(SOUP | QUERY, st.sampled_from(("duckdb", "postgres")))
def test_any_sql_of_the_command_is_answered_or_an_error(run: Path, sql: str, language: str) -> None:
    exit_code(["query", f"{sql} ", "--dialect", language, "--run", str(run), "--timeout", "5", "-q"])


@pytest.mark.slow
@example_settings(25)
@given(ARGUMENT, ARGUMENT)
def test_any_value_of_a_parameter_is_answered_or_an_error(run: Path, name: str, value: str) -> None:
    assert exit_code(["query", "select $x as x", "--arg", f"x={value}", "--run", str(run)]) == 0
    exit_code(["query", "select $x as x", "--arg", f"{name}={value}", "--run", str(run)])
    exit_code(["query", "stale_keys", "--arg", f"days={value}", "--run", str(run)])


@example_settings(50)
@given(st.sampled_from(COMMANDS), st.lists(st.sampled_from(OPTIONS) | ARGUMENT, max_size=5))
def test_any_arguments_are_answered_or_an_error(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, more_arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [word for word in more_arguments if word not in UNSAFE]
    accepted = options_of(command)
    run_option = (
        ["--run", str(run)] if "--run" in accepted else ["--runs", str(run.parent)] if "--runs" in accepted else []
    )
    exit_code([command, *arguments, *run_option])
    assert run.is_file()


@example_settings(12)
@given(st.sampled_from([option for option in OPTIONS if option not in UNSAFE]), ARGUMENT)
def test_any_value_of_an_option_is_answered_or_an_error(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for command, first_arguments in (("query", ["select 1"]), ("check", ["root_keys"]), ("export", ["out"])):
        if option in options_of(command):
            exit_code([command, *first_arguments, option, value, "--run", str(run)])
