"""A run file of an earlier schema: the current queries compute missing tables from raw items, or the error names what to sync."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from iamsql import catalog, render
from iamsql.check.dependencies import stored_tables
from iamsql.cli import main
from iamsql.model import IamsqlError, Query
from iamsql.query import listing as describe
from iamsql.query.answer import Answer
from iamsql.query.compat import candidate_tables, mentioned_words, open_compatible
from iamsql.query.execute import answer
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.runs.status import table_of_runs
from iamsql.runs.verify import UNKNOWN, check
from iamsql.tables.compiler import compiler
from tests.queries.test_queries import ASKED
from tests.runs.file.earlier_schema.files import HERE, VERSION, unpack
from tests.tiers import slow_but_every

EXPECTED = ("audit_report", "root_keys", "skipped_accounts", "stale_keys", "users_without_mfa")
LATER = ("aws_iam_document", "aws_iam_principal", "aws_iam_statement")  # tables that the file lacks
NOT_COLLECTED = "aws_iam_server_certificate"  # the file lacks its raw items too
CONTROLS = ("policy_no_full_admin", "access_key_rotated", "trust_external_id")
NOT_ENTERED = "1 of 3 accounts not read in full: 1 AssumeRole failed (AccessDenied). See: iamsql query skipped_accounts"


def shipped() -> list[Query]:
    """Return the newest version of each shipped query."""
    return [versions[-1] for versions in catalog.load([catalog.shipped_folder()]).values()]


class OpenedRun:
    """A run file that stays open for several queries, because creating its views and macros takes a second."""

    def __init__(self, path: Path, queries: Sequence[Query]) -> None:
        """Open the file, make what the queries need, and compute each table once, as `iamsql check` does."""
        self.path, self.queries = path, {query.name: query for query in queries}
        self.reader = open_compatible(path, "\n".join(query.sql for query in queries))
        self.reader.materialize(stored_tables())

    def ask(self, name: str) -> Answer:
        """Run a query, with an argument for each required parameter."""
        query = self.queries[name]
        values = catalog.bind(query, {param.name: str(ASKED[param.name]) for param in query.params if param.required})
        return answer(self.reader, query, values)


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return a copy of the run file."""
    return unpack(tmp_path)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenedRun]:
    """Return a copy of the run file, open for all shipped queries."""
    run = OpenedRun(unpack(tmp_path_factory.mktemp("opened")), shipped())
    yield run
    run.reader.close()


def test_the_file_has_another_schema(earlier: Path) -> None:
    with duckdb.connect(str(earlier), read_only=True) as con:
        (run,) = con.execute("select iamsql_version, schema_fingerprint from iamsql.run").fetchall()
        tables = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
        columns = {name for name, *_ in con.execute("describe main.aws_iam_access_key").fetchall()}
    assert run[0] == VERSION and run[1] != compiler.fingerprint()
    assert not tables & {*LATER, NOT_COLLECTED, "iam_list_server_certificates"}
    assert "created_at" in columns and "create_date" not in columns


@pytest.mark.slow
def test_the_run_is_listed_described_and_verified(earlier: Path) -> None:
    (row,) = table_of_runs(earlier.parent).rows
    assert row[2:6] == ("o-demo123456", 2, 1, "incomplete")
    description = dict(describe.run(earlier).rows)
    assert description["started_at"] == "2026-03-02 12:00:00+00:00"
    assert (description["accounts complete"], description["accounts assume_role_failed: AccessDenied"]) == ("2", "1")
    result = check(earlier)
    assert (result.status, result.digest, result.note) == ("intact", "not listed", UNKNOWN)
    assert result.rows and result.rows > 500


@pytest.mark.parametrize("name", slow_but_every(4, EXPECTED))
def test_a_query_gives_the_expected_rows(opened: OpenedRun, name: str) -> None:
    written = io.StringIO()
    answer = opened.ask(name)
    render.write(answer.result, "csv", written)
    assert written.getvalue() == (HERE / "expected" / f"{name}.csv").read_bytes().decode()
    assert NOT_ENTERED in answer.caveats or name in ("root_keys", "skipped_accounts")


@pytest.mark.slow
def test_a_renamed_column_is_computed_from_raw_items(earlier: Path) -> None:
    sql = "select count(*) as keys, count(create_date) as dated from aws_iam_access_key"
    assert run_query(sql, {}, QueryRequest(str(earlier), earlier.parent)).result.rows == [(13, 13)]


@pytest.mark.slow
@pytest.mark.parametrize("table", LATER)
def test_a_table_that_came_later_is_computed_from_raw_items(earlier: Path, table: str) -> None:
    answer = run_query(f"from {table}", {}, QueryRequest(str(earlier), earlier.parent))
    assert len(answer.result.rows) > 20 and NOT_ENTERED in answer.caveats


@pytest.mark.slow
def test_sql_calls_a_query_whose_macro_the_file_lacks(earlier: Path) -> None:
    answer = run_query("select count(*) from access_denied_burst()", {}, QueryRequest(str(earlier), earlier.parent))
    assert answer.result.rows == [(0,)]


@pytest.mark.slow
def test_sql_calls_a_query_whose_macro_of_the_file_calls_a_macro_that_has_changed(earlier: Path) -> None:
    with duckdb.connect(str(earlier)) as con:
        con.execute(
            "create or replace macro opened_role_trusts(call_name, days) as table select upper(call_name) as name"
        )
        con.execute(
            "create or replace macro role_trust_opened() as table from opened_role_trusts('UpdateAssumeRolePolicy', 1)"
        )
    by_name, called = (
        run_query(sql, {}, QueryRequest(str(earlier), earlier.parent)).result.rows
        for sql in ("role_trust_opened", "from role_trust_opened()")
    )
    assert called == by_name != []


@pytest.mark.slow
def test_documents_are_not_counted_without_the_documents_of_resources(earlier: Path) -> None:
    with pytest.raises(
        IamsqlError, match=r"^aws_resource_policy was not collected in run .*\nGet it with: iamsql sync"
    ):
        run_query("select count(*) from aws_iam_document", {}, QueryRequest(str(earlier), earlier.parent))


@pytest.mark.slow
def test_a_table_without_raw_items_is_an_error_with_the_command(earlier: Path) -> None:
    with pytest.raises(IamsqlError) as caught:
        run_query(f"from {NOT_COLLECTED}", {}, QueryRequest(str(earlier), earlier.parent))
    message, _, _ = str(caught.value).partition("\nLINE 1: ")
    assert message == (
        f"earlier.duckdb has no table {NOT_COLLECTED}: it was made by iamsql {VERSION}, without it.\n"
        f"Get it with: iamsql sync --table {NOT_COLLECTED}"
    )


@pytest.mark.slow
def test_a_control_gives_an_error_for_an_account_that_was_not_read(earlier: Path) -> None:
    result = CliRunner().invoke(main, ["check", *CONTROLS, "--run", str(earlier), "-o", "json"])
    assert result.exit_code == 1, result.output
    rows = [row for row in json.loads(result.stdout) if row["account_id"] == "999900001111"]
    assert {row["control"] for row in rows} == set(CONTROLS)
    assert {row["status"] for row in rows} == {"error"}


@pytest.mark.slow
def test_each_shipped_query_answers_or_its_error_names_the_command(opened: OpenedRun) -> None:
    answered, errors = {}, {}
    for name in opened.queries:
        try:
            answered[name] = len(opened.ask(name).result.rows)
        except IamsqlError as error:
            errors[name] = str(error)
    unclear = {
        name: message
        for name, message in errors.items()
        if not (("has no table aws_" in message or "not collected" in message) and "Get it with: " in message)
    }
    assert not unclear
    assert {name for name, message in errors.items() if "has no table" in message} == {
        "access_point_public_access_block",
        "account_public_access_block",
        "bucket_acl_unused",
        "bucket_public_access_block",
        "function_layers_trusted",
        "multi_region_access_point_public_access_block",
        "server_certificate_expired",
        "server_certificate_expiring",
    }
    assert sum(map(bool, answered.values())) > 150 and len(answered) > 240


@pytest.mark.slow
def test_a_word_is_a_macro_only_where_it_is_called() -> None:
    """`can` is a query and a word of many comments; iam_evaluation has a comment that names iam_known_resources."""
    assert "aws_resource_policy" not in mentioned_words("select 'can' as can, e.* from iam_evaluation(null) as e")
    assert "aws_iam_statement" in mentioned_words("from iam_evaluation(null)")
    for text in (
        'from "can" (principal := null)',
        "from can /* ( */ (null)",
        "select '--', n from CAN(null)",
        "from can -- x\n()",
    ):
        assert "aws_resource_policy" in mentioned_words(text), text
    assert "aws_resource_policy" not in candidate_tables("from aws_iam_user")
