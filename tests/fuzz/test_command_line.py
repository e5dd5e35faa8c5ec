"""Any words on the command line, and any SQL in PostgreSQL's: a right answer or a clear error, never a traceback or a hang."""

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
from tests.fuzz.example_count import ARGUMENT, TEXT, effort, ended_well
from tests.minimal_run import make_run

CONFORMANCE = sorted((Path(__file__).resolve().parents[3] / "shared" / "conformance").rglob("*.sql"))
COMMANDS = ("query", "check", "queries", "tables", "export", "import", "runs", "diff")
CONTEXT = click.Context(main)


def options_of(command: str) -> set[str]:
    """Return the options of a command, arguments among them."""
    found = main.get_command(CONTEXT, command)
    assert found is not None
    return {name for param in found.params for name in param.opts}


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


@effort(60)
@given(SOUP | QUERY)
def test_the_dialect(sql: str) -> None:
    with contextlib.suppress(IamsqlError):
        dialect.translate(sql, NAMES)
    with contextlib.suppress(IamsqlError):
        dialect.redirect(sql, lambda path: path)
    assert sum(len(sql[one.start : one.stop]) for one in tokens(sql)) <= len(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "explain", "explain analyze", "explain (costs)", "explain; select 1", "select " + "(" * 3000 + "1" + ")" * 3000,
        "select " + "not " * 5000 + "true", "select " + "case when true then " * 2000 + "1" + " end" * 2000,
        "select " + "array[" * 1500 + "1" + "]" * 1500,
    ],
)  # fmt: skip
def test_what_was_found_before(sql: str) -> None:
    with pytest.raises(IamsqlError):
        dialect.translate(sql, NAMES)


@effort(40)
@given(st.data())
@pytest.mark.skipif(not CONFORMANCE, reason="the conformance queries are not here")
def test_conformance_queries_cut_and_mixed(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(CONFORMANCE)).read_text(encoding="utf-8", errors="replace")[:4000]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.integers(0, 60)))
        text = text[:start] + data.draw(st.just("") | WORD | SIGN | EXPRESSION) + text[stop:]
    with contextlib.suppress(IamsqlError):
        dialect.translate(text, NAMES)


@effort(25)
@given(SOUP | QUERY, st.sampled_from(("duckdb", "postgres")))
def test_sql_through_the_command(run: Path, sql: str, language: str) -> None:
    ended_well(["query", f"{sql} ", "--dialect", language, "--run", str(run), "--timeout", "5", "-q"])


@effort(25)
@given(ARGUMENT, ARGUMENT)
def test_values_for_parameters(run: Path, name: str, value: str) -> None:
    assert ended_well(["query", "select $x as x", "--arg", f"x={value}", "--run", str(run)]) == 0
    ended_well(["query", "select $x as x", "--arg", f"{name}={value}", "--run", str(run)])
    ended_well(["query", "stale_keys", "--arg", f"days={value}", "--run", str(run)])


@effort(50)
@given(st.sampled_from(COMMANDS), st.lists(st.sampled_from(OPTIONS) | ARGUMENT, max_size=5))
def test_any_words(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, words: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    kept = [word for word in words if word not in UNSAFE]
    accepted = options_of(command)
    place = ["--run", str(run)] if "--run" in accepted else ["--runs", str(run.parent)] if "--runs" in accepted else []
    ended_well([command, *kept, *place])
    assert run.is_file()


@effort(12)
@given(st.sampled_from([one for one in OPTIONS if one not in UNSAFE]), ARGUMENT)
def test_any_value_of_any_option(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for command, words in (("query", ["select 1"]), ("check", ["root_keys"]), ("export", ["out"])):
        if option in options_of(command):
            ended_well([command, *words, option, value, "--run", str(run)])
