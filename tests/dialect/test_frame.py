"""What is run, what is refused and in which words, and how statements other than SELECT come through."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from iamsql import dialect
from iamsql.model import IamsqlError
from iamsql.query import run
from tests.dialect.bench import file, rows, value


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select lowr(word) from t", r"lowr\(\) is not supported. Did you mean lower\?"),
        ("select pg_sleep(1)", r"pg_sleep\(\) is not supported"),
        ("select id <@ 5 from t", "operator <@ is not supported between int and int"),
        ("select '1'::money", "money"),
        ("select '1'::tsquery", "tsquery"),
        ("select nosuch from t", "There is no column nosuch"),
        ("select tag from t", r"There is no column tag. Did you mean tags\?"),
        ("select x.id from t", 'no table or alias "x"'),
        ("delete from t", "Only queries can be run"),
        ("create table x (a int)", "Only queries can be run"),
        ("drop table t", "Only queries can be run"),
        ("select id into x from t", "SELECT INTO"),
        ("with d as (delete from t returning *) select * from d", "Only queries can be run"),
        ("select a b c", "line 1, near 'c'"),
        ("select 'x", "cannot be read as PostgreSQL"),
        ("-- nothing", "no SQL statement"),
        ("select 1 where 'a' like 'a' escape 'xy'", "ESCAPE"),
    ],
)
def test_what_is_refused(sql: str, words: str) -> None:
    with pytest.raises(IamsqlError, match=words):
        rows(sql)


def test_nothing_is_written_to_stderr_by_the_parser(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(IamsqlError):
        dialect.translate("vacuum t", {})
    assert capfd.readouterr().err == ""


def test_statements_that_hold_a_query() -> None:
    columns = file()[1]
    assert dialect.translate("explain analyze select id from t", columns).sql.startswith('explain SELECT "t"."id"')
    copied = dialect.translate("copy (select tags ->> 'a' from t) to 'x.csv' (format csv, header)", columns).sql
    assert copied.startswith("copy (SELECT pg_get_text(") and "'x.csv'" in copied
    assert dialect.translate("select 1; select 2;", columns).sql.count("SELECT") == 2
    assert rows("table t limit 0") == []


def test_only_the_macros_that_are_used_are_made_and_before_those_that_use_them() -> None:
    assert dialect.translate("select id from t", file()[1]).macros == ()
    made = dialect.translate("select doc @> doc from t", file()[1]).macros
    names = [statement.split("macro ")[1].split("(")[0] for statement in made]
    assert names.index("pg_pairs") < names.index("pg_walked") < names.index("pg_contains")
    assert all(statement.startswith("create or replace temp macro pg_") for statement in made)


def test_comments_dollar_quotes_and_parameters() -> None:
    assert value("$$it's$$ || /* a /* nested */ comment */ $q$ $1 $q$ -- end") == "it's $1 "
    translated = dialect.translate("select id from t where word = $word", file()[1]).sql
    assert file()[0].execute(translated, {"word": "abc"}).fetchall() == [(1,)]


def test_time_filters_of_look_ups_become_bounds() -> None:
    sql = "select event_id from aws_cloudtrail_lookup_event where {} order by 1"
    assert rows(sql.format("start_time = '2024-01-02'")) == [("late",)]
    assert rows(sql.format("end_time = '2024-01-02' and event_id <> 'x'")) == [("early",)]
    assert rows(sql.format("timestamptz '2024-01-02' = start_time")) == [("late",)]
    assert rows(sql.format("start_time > '2024-01-02'")) == [("late",)]
    assert rows(sql.format("start_time = '2023-12-31' and end_time = '2024-01-02'")) == [("early",)]
    with pytest.raises(IamsqlError, match="CloudWatch"):
        rows("select 1 from aws_cloudtrail_trail_event where filter = 'x'")


@pytest.mark.parametrize("pin", ["= 'trail'", "in ('trail', 'x')"])
def test_a_log_group_that_is_named_is_no_matter_for_events_that_came_from_none(pin: str) -> None:
    sql = "select event_name from aws_cloudtrail_trail_event where log_group_name {} order by 1"
    assert rows(sql.format(pin)) == [("delivered",), ("logged",)]
    assert rows(sql.format("<> 'trail'")) == [("other",)]
    shown = rows("select log_group_name = 'trail' from aws_cloudtrail_trail_event order by event_name")
    assert shown == [(None,), (True,), (False,)]


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table aws_iam_user (name varchar, tags json)")
        connection.execute("""insert into aws_iam_user values ('ann', '{"Team":"core"}'), ('bob', null)""")
    return path


def test_a_query_is_asked_in_postgres(users: Path, tmp_path: Path) -> None:
    where = {"run": str(users), "runs_dir": tmp_path}
    sql = "select name, name, tags ->> 'Team' from aws_iam_user where tags ? $key"
    answer = run.ask(sql, args={"key": "Team"}, language="postgres", **where)
    assert (answer.result.columns, answer.result.rows) == (("name", "name", "?column?"), [("ann", "ann", "core")])
    named = tmp_path / "teams.sql"
    named.write_text("-- title: Teams\n-- dialect: postgres\n\nselect jsonb_object_keys(tags) from aws_iam_user\n")
    assert run.ask(str(named), args={}, **where).result.rows == [("Team",)]
    with pytest.raises(IamsqlError, match="Did you mean tags"):
        run.ask("select tagz from aws_iam_user", args={}, language="postgres", **where)
    run.ask(
        f"copy (select tags::text from aws_iam_user) to '{tmp_path}/out.csv'", args={}, language="postgres", **where
    )
    assert '{""Team"": ""core""}' in (tmp_path / "out.csv").read_text()
    told = run.explain("select tags -> 'a' from aws_iam_user", language="postgres", **where)
    assert told.result.rows[0][0] == "aws_iam_user"


def test_sqlglot_is_loaded_only_when_a_dialect_needs_it(users: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from iamsql import ask;"
        f"ask.ask('select 1', args={{}}, run={str(users)!r}, runs_dir=Path('.'));"
        "assert 'sqlglot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
