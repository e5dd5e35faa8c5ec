"""Errors about unknown tables and columns name similar names or the sync that collects them; files of other programs also work."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from iamsql.catalog import load_query, query_from_sql, shipped_folder
from iamsql.model import IamsqlError
from iamsql.query import listing as describe
from iamsql.query.answer import Answer
from iamsql.query.listing import is_on_demand
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.runs.store.reader import open_run
from iamsql.tables.registry import all_tables
from tests.minimal_run import GAPS, make_run
from tests.open_queries import ask
from tests.sync.syncs import run_sync
from tests.tiers import slow_but_every


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a small run with tables of users and roles, and without groups."""
    return make_run(tmp_path / "20260301T100000Z-o-1.duckdb", GAPS)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a file with Steampipe's columns that iamsql did not write."""
    path = tmp_path / "others.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(
            "create table aws_iam_access_key as select unnest(['AKIA1', 'AKIA2', 'AKIA3']) as access_key_id, 'ana' as user_name,"
            " unnest(['Active', 'Active', 'Inactive']) as status, '2020-01-01 00:00:00+00'::timestamptz as create_date,"
            " unnest(['2020-06-01 00:00:00+00', null, null])::timestamptz as access_key_last_used_date,"
            " 'iam' as access_key_last_used_service, 'us-east-1' as access_key_last_used_region, '1' as account_id"
        )
        con.execute("create table aws_organizations_account as select '1' as id, 'main' as name, '9' as account_id")
        con.execute("create table aws_iam_policy_simulator as select 'allowed' as decision")
        con.execute("create table aws_dynamodb_table as select 'logs' as name, 'eu-west-1' as region")
    return path


def answer_of(text: str, path: Path, **args: str) -> Answer:
    return run_query(text, args, QueryRequest(str(path), path.parent))


def error_of(text: str, path: Path) -> str:
    with pytest.raises(IamsqlError) as caught:
        answer_of(text, path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("from aws_iam_usr", "There is no table aws_iam_usr; did you mean aws_iam_user"),
        ("from AWS_IAM_USR", "There is no table AWS_IAM_USR; did you mean aws_iam_user"),
        ("from aws_iam_grup", "did you mean aws_iam_group"),
        ("from iam_users", "There is no table iam_users; did you mean aws_iam_user"),
        ("from aws_iam_group", "has no table aws_iam_group: it was made by iamsql of an unknown version, without it.\n"
         "Get it with: iamsql sync --table aws_iam_group\n"),
        ("select (select count(*) from aws_iam_grup)", "did you mean aws_iam_group"),
        ("copy (from aws_iam_usr) to 'x.csv'", "did you mean aws_iam_user"),
        ("from aws_iam_policy_simulator", "cannot be listed: .*\nRun: aws iam simulate-principal-policy"),
        ("from aws_rds_db_instance", "There is no table aws_rds_db_instance: iamsql reads .*, not rds."),
        ("from aws_dynamodb_table", "not dynamodb"),
        ("from zzz", "There is no table zzz.\nList the tables with: iamsql tables"),
        ("from iamsql.coverag", "There is no table iamsql.coverag; did you mean iamsql.coverage"),
        ("from raw.iam_list_user", "did you mean raw.iam_list_users"),
        ("from stale_keys", "stale_keys is a query, not a table. Use: from stale_keys()"),
        ("from stale_kys()", "There is no table function or query stale_kys; did you mean stale_keys"),
        ("from stale_keys()", "has no macro stale_keys. Run the query by name: iamsql query stale_keys"),
    ],
)  # fmt: skip
def test_an_unknown_table_is_an_error_with_a_hint(run: Path, sql: str, expected: str) -> None:
    message = error_of(sql, run)
    assert re.search(expected.replace("()", r"\(\)"), message), message
    assert "\nLINE 1: " in message and "Catalog Error" not in message
    assert len(message[: message.index("\nLINE ")].splitlines()) <= 2


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select nam from aws_iam_user", "There is no column nam; did you mean name?"),
        ("select NAM from aws_iam_user", "There is no column NAM; did you mean name?"),
        ("select u.agee from aws_iam_user as u", "There is no column agee in u; did you mean age?"),
        ("select aws_iam_user.agee from aws_iam_user, aws_iam_role", "agee in aws_iam_user; did you mean age?"),
        ("select r.age from aws_iam_user u, aws_iam_role r", "There is no column age in r"),
        ("select name from aws_iam_user order by agee", "did you mean age?"),
        ("with a as (select age as years from aws_iam_user) select yeers from a", "did you mean years?"),
        ("select event_name from aws_iam_user", "event_name; aws_cloudtrail_lookup_event has a column of that name."),
        ("select bucket from aws_iam_user", "aws_iam_user has account_id, name, age.\nSee: iamsql tables aws_iam_user"),
    ],
)
def test_an_unknown_column_is_an_error_with_a_hint(run: Path, sql: str, expected: str) -> None:
    message = error_of(sql, run)
    assert expected in message and "\nLINE 1: " in message and "Binder Error" not in message


@pytest.mark.parametrize(
    "sql", ["select 1 +", "select json_extrct('{}', '$')", "select 1::nothing", "select a.b.c.d.e"]
)
def test_other_errors_have_duckdbs_message(run: Path, sql: str) -> None:
    assert "Error" in error_of(sql, run)


def test_names_of_a_file_do_not_control_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute('create table t as select 1 as "\x1b[2Jname"')
    assert "\x1b" not in error_of("select bucket from t", path)


def test_an_error_has_the_line_number_of_the_query_file(run: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.sql").write_text("-- title: Bad\n\nselect name\nfrom aws_iam_usr\n")
    message = error_of(str(tmp_path / "bad.sql"), run)
    assert message.startswith(f"{tmp_path / 'bad.sql'}: There is no table") and "\nLINE 4: from aws_iam_usr" in message


@pytest.mark.slow
def test_many_tables_that_were_not_collected_are_one_line(tmp_path: Path) -> None:
    names = [f"aws_iam_{letter}" for letter in "abcde"]
    statements = [f"create table {name} (account_id varchar)" for name in names]
    statements += [f"insert into iamsql.table_calls values ('{name}', 'iam', 'List{name}', null)" for name in names]
    path = make_run(tmp_path / "x.duckdb", statements=tuple(statements))
    notes = answer_of(
        " union all ".join(["select '1' as account_id", *(f"from {name}" for name in names)]), path
    ).caveats
    (note,) = [note for note in notes if "sync --table" in note]
    assert note.startswith("5 tables lack 5 calls") and note.endswith("".join(f" --table {name}" for name in names))


@pytest.fixture(scope="module")
def default_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of a sync that named no table."""
    return run_sync(tmp_path_factory.mktemp("usual"), typed=True, events=("none",)).path


ON_DEMAND = [name for name in sorted(all_tables()) if is_on_demand(name)]


@pytest.mark.parametrize("name", slow_but_every(24, ON_DEMAND))
def test_a_table_that_was_not_collected_names_the_sync_command(default_run: Path, name: str) -> None:
    for text in (f"select count(*) from {name}", f"from {name}"):
        with pytest.raises(IamsqlError, match=f"not collected in run .*\nGet it with: iamsql sync.* --table {name}$"):
            answer_of(text, default_run)


@pytest.mark.slow
def test_the_list_of_tables_shows_which_were_not_collected(default_run: Path) -> None:
    states = {name: state for _, name, _, state, _ in describe.tables(default_run).rows}
    assert {name for name, state in states.items() if state == "not collected"} >= set(ON_DEMAND)
    assert states["aws_iam_user"] == "partly: AssumeRole failed in 1 of 13 accounts"
    assert len(ON_DEMAND) >= 6


# -- files of other programs -----------------------------------------------------------------------------------------------


def test_as_of_is_the_present_in_a_file_without_it(foreign: Path) -> None:
    answer = answer_of("select abs(epoch(as_of()) - epoch(now())) < 60", foreign)
    assert answer.result.rows == [(True,)]
    assert list(answer.caveats) == ["others.duckdb is not a run of iamsql: as_of() is the present."]


def test_as_of_of_a_file_is_not_replaced(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as con:
        con.execute("create macro as_of() as '2026-01-01 00:00:00+00'::timestamptz")
    answer = answer_of("select year(as_of())", tmp_path / "x.duckdb")
    assert (answer.result.rows, answer.caveats) == ([(2026,)], ())


@pytest.mark.slow
def test_a_missing_column_is_null_for_a_shipped_query(foreign: Path) -> None:
    answer = answer_of("stale_keys", foreign)
    index_of = {name: index for index, name in enumerate(answer.result.columns)}
    rows = {row[index_of["access_key_id"]]: row for row in answer.result.rows}
    assert set(rows) == {"AKIA1", "AKIA2"}
    assert {row[index_of["account_name"]] for row in rows.values()} == {"main"}
    assert "not used for at least 45 days" in rows["AKIA1"][index_of["reason"]]
    assert "last use unknown: it could not be read" in rows["AKIA2"][index_of["reason"]]
    assert list(answer.caveats) == [
        "others.duckdb is not a run of iamsql: as_of() is the present; "
        "aws_iam_access_key has no last_used_known, report_time, which counts as unknown."
    ]


@pytest.mark.slow
def test_typed_sql_reads_the_file_unchanged(foreign: Path) -> None:
    plain_rows = answer_of("select * from aws_iam_access_key", foreign)
    assert (len(plain_rows.result.columns), plain_rows.caveats) == (8, ())
    with open_run(foreign) as reader:
        ask(reader, query_from_sql("select 1"))
        assert len(ask(reader, load_query([shipped_folder()], "stale_keys")).rows) == 2
        assert len(ask(reader, query_from_sql("select * from aws_iam_access_key")).columns) == 8


def test_tables_unknown_to_iamsql_are_read_from_the_file(foreign: Path) -> None:
    assert answer_of("from aws_iam_policy_simulator", foreign).result.rows == [("allowed",)]
    assert answer_of("select name from aws_dynamodb_table", foreign).result.rows == [("logs",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    slow_but_every(
        2,
        [
            (
                "skipped_accounts",
                "iamsql.coverage exists only in runs of iamsql, and others.duckdb is not a run.",
            ),
            ("run_info", "iamsql.run exists only in runs"),
            (
                "event_summary",
                "others.duckdb is not a run of iamsql: it has no table aws_cloudtrail_event.\nList the runs with: iamsql runs",
            ),
            ("from raw.iam_list_users", "raw.iam_list_users exists only in runs"),
            ("from stale_keys()", "has no macro stale_keys. Run the query by name"),
        ],
    ),
)
def test_data_that_only_a_run_has_is_reported_as_missing(foreign: Path, text: str, expected: str) -> None:
    assert expected in error_of(text, foreign)
