"""`.schema`: tables and views as CREATE statements that DuckDB accepts, and queries as calls."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from iamsql.query.shell.schema import schema
from iamsql.runs.store.reader import Reader, open_run
from tests.conftest import sample_run
from tests.minimal_run import make_run
from tests.query.shell.conftest import ShellOutput

STATEMENTS = (
    """create table hostile ("select" integer, "a ""b""
c" varchar, plain enum('x', 'y'))""",
    "comment on table hostile is 'Two\nlines'",
    "comment on column hostile.plain is 'A comment; with a semicolon -- and dashes'",
    "create view few as select plain, count(*) as n from hostile group by all",
    "comment on view few is 'How many'",
    "create macro of_age(days, name := 'x') as table select 1",
)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return open_run(make_run(tmp_path / "x.duckdb", statements=STATEMENTS))


def test_a_table_is_a_create_statement_with_comments(reader: Reader) -> None:
    with closing(reader):
        assert schema(reader, (), "hostile") == schema(reader, (), "main.HOSTILE")
        assert schema(reader, (), "hostile").splitlines() == [
            "-- Two lines",
            "CREATE TABLE hostile (",
            '    "select" INTEGER,',
            '    "a ""b""',
            'c" VARCHAR,',
            "    plain ENUM('x', 'y')  -- A comment; with a semicolon -- and dashes",
            ");",
        ]


def test_a_view_is_a_create_statement_with_its_sql(reader: Reader) -> None:
    with closing(reader):
        lines = schema(reader, (), "few").splitlines()
    assert lines[:4] == ["-- How many", "CREATE VIEW few (", "    plain,  -- ENUM('x', 'y')", "    n       -- BIGINT"]
    assert lines[4].startswith(") AS SELECT plain, count_star() AS n FROM hostile")


def test_a_macro_without_a_query_has_its_parameters(reader: Reader) -> None:
    with closing(reader):
        assert schema(reader, (), "of_age") == "FROM of_age(days := …, name := …);"


@pytest.mark.slow
def test_a_query_has_its_parameters_and_defaults() -> None:
    with closing(open_run(sample_run())) as reader:
        assert schema(reader, (), "can").splitlines() == [
            "-- Whether a principal may perform an action",
            "-- principal TEXT: A user or role by ARN, user/NAME, role/NAME or unique name; the ARN of another caller, a "
            "service, or *",
            "-- action TEXT: An action, such as iam:CreateAccessKey; wildcards are * and ?",
            "-- resource TEXT: The ARN of a resource; * for actions without resources",
            "-- session_policy TEXT: The session policy of a role session, as JSON",
            "-- session_tags TEXT: The session tags of a role session, as a JSON object",
            "-- source_arn TEXT: The ARN of the resource for which a service makes the request",
            "-- source_account TEXT: The account of the resource in source_arn",
            "FROM can(principal := …, action := …, resource := '*', session_policy := NULL, session_tags := NULL, "
            "source_arn := NULL, source_account := NULL);",
            "-- SQL of the query: .inspect can",
        ]
        call = next(line for line in schema(reader, (), "stale_keys").splitlines() if line.startswith("FROM"))
        assert call == "FROM stale_keys(days := 90, unused_days := 45);"
        reader.run(call.rstrip(";"))


@pytest.mark.slow
def test_duckdb_accepts_the_schema_of_a_run() -> None:
    """The statements of all tables create the same tables; the views need functions of iamsql, and are left out."""
    with closing(open_run(sample_run())) as reader:
        statements = schema(reader, ()).split("\n\n")
        columns = reader.columns()
    with duckdb.connect() as connection:
        for statement in statements:
            if "\nCREATE TABLE " in statement:
                connection.execute(statement)
        created = connection.execute(
            "select table_name, count(*) from duckdb_columns() where not internal group by all"
        )
        for name, number in created.fetchall():
            assert len(columns[name]) == number
    assert len(statements) == sum("." not in name for name in columns)


def test_an_unknown_name_is_an_error_with_similar_names(shell: ShellOutput) -> None:
    assert shell(".schema aws_iam_usr") == ""
    assert "There is no table, view or query 'aws_iam_usr'; did you mean aws_iam_user" in shell.messages[0]
    assert shell(".schema aws_iam_user").startswith("CREATE TABLE aws_iam_user (\n")
    assert shell(".schema iamsql.coverage").startswith("CREATE TABLE iamsql.coverage (\n")
