"""Statements that are translated or refused, the macros of a translation, and queries run by iamsql."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql import dialect
from iamsql.model import IamsqlError
from iamsql.query import run_query as run
from tests.dialect.database import database, rows, value


@pytest.mark.parametrize(
    ("sql", "message"),
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
def test_refused_statements(sql: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        rows(sql)


def test_the_parser_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """sqlglot logs a warning for a statement that it does not parse, and Python prints the warning to stderr."""
    with pytest.raises(IamsqlError):
        dialect.translate("vacuum t", {})
    assert caplog.records == []


def test_explain_copy_and_several_statements() -> None:
    columns = database()[1]
    assert dialect.translate("explain analyze select id from t", columns).sql.startswith('explain SELECT "t"."id"')
    copied = dialect.translate("copy (select tags ->> 'a' from t) to 'x.csv' (format csv, header)", columns).sql
    assert copied.startswith("copy (SELECT pg_get_text(") and "'x.csv'" in copied
    assert dialect.translate("select 1; select 2;", columns).sql.count("SELECT") == 2
    assert rows("table t limit 0") == []


def test_macros_precede_the_macros_that_call_them() -> None:
    assert dialect.translate("select id from t", database()[1]).macros == ()
    macros = dialect.translate("select doc - 'a' from t", database()[1]).macros
    names = [statement.split("macro ")[1].split("(")[0] for statement in macros]
    assert names.index("pg_pointer") < names.index("pg_delete_keys") > names.index("pg_object")
    assert all(statement.startswith("create or replace temp macro pg_") for statement in macros)


def test_comments_dollar_quotes_and_parameters() -> None:
    assert value("$$it's$$ || /* a /* nested */ comment */ $q$ $1 $q$ -- end") == "it's $1 "
    translated = dialect.translate("select id from t where word = $word", database()[1]).sql
    assert database()[0].execute(translated, {"word": "abc"}).fetchall() == [(1,)]


def test_the_example_of_the_readme() -> None:
    readme = (files("iamsql.dialect") / "README.md").read_text(encoding="utf-8")
    example = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(example, names)
    assert f"# {names['translation'].sql}\n" in example


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table aws_iam_user (name varchar, tags json)")
        connection.execute("""insert into aws_iam_user values ('ann', '{"Team":"core"}'), ('bob', null)""")
    return path


@pytest.mark.slow
def test_iamsql_runs_a_query_in_postgres(users: Path, tmp_path: Path) -> None:
    request = run.QueryRequest(str(users), tmp_path)
    postgres = replace(request, language="postgres")
    sql = "select name, name, tags ->> 'Team' from aws_iam_user where tags ? $key"
    answer = run.run_query(sql, {"key": "Team"}, postgres)
    assert (answer.result.columns, answer.result.rows) == (("name", "name", "?column?"), [("ann", "ann", "core")])
    path = tmp_path / "teams.sql"
    path.write_text("-- title: Teams\n-- dialect: postgres\n\nselect jsonb_object_keys(tags) from aws_iam_user\n")
    assert run.run_query(str(path), {}, request).result.rows == [("Team",)]
    with pytest.raises(IamsqlError, match="Did you mean tags"):
        run.run_query("select tagz from aws_iam_user", {}, postgres)
    run.run_query(f"copy (select tags::text from aws_iam_user) to '{tmp_path}/out.csv'", {}, postgres)
    assert '{""Team"": ""core""}' in (tmp_path / "out.csv").read_text()
    dependencies = run.explain("select tags -> 'a' from aws_iam_user", postgres)
    assert dependencies.result.rows[0][0] == "aws_iam_user"


@pytest.mark.slow
def test_sqlglot_is_loaded_only_when_a_dialect_needs_it(users: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from iamsql.query import run_query as run;"
        f"run.run_query('select 1', {{}}, run.QueryRequest({str(users)!r}, Path('.')));"
        "assert 'sqlglot' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
