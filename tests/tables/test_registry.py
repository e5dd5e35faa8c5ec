"""The declarations of tables and calls: names and types of Steampipe, unique keys, and calls of botocore's models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from iamsql.model import Call, Table, View, snake_case
from iamsql.sync.importer.write import import_files
from iamsql.tables.calls.account import ACTIONS
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_calls, all_tables, find_calls, table_sources
from tests.conftest import THIRD_PARTY, connect_run
from tests.sync.syncs import MANAGEMENT, TOOLS, query, run_sync
from tests.tables.boto3_oracle import derived_tables

SCHEMAS = THIRD_PARTY / "steampipe" / "schemas.json"
TYPES = {
    "string": "VARCHAR",
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "ltree": "VARCHAR",
    "json": "JSON",
    "jsonb": "JSON",
    "bool": "BOOLEAN",
    "boolean": "BOOLEAN",
    "int": "BIGINT",
    "bigint": "BIGINT",
}
# The types of botocore's shapes that a column of a type may read without a macro.
SHAPES = {
    "timestamptz": ("timestamp",),
    "boolean": ("boolean",),
    "bigint": ("integer", "long"),
    "text": ("string",),
    "json": ("list", "structure", "map"),
}
_COVERAGE = re.compile(r"iamsql\.coverage\b.*?operation = '(\w+)'", re.DOTALL)  # an operation whose coverage SQL reads
# Columns of Steampipe with the name of a member that they do not read.
OTHER_NAMES = {("aws_identitystore_user", "name"), ("aws_identitystore_user", "title")}
CALLS = sorted(
    (call for call in all_calls() if call != ACTIONS), key=lambda call: call.raw
)  # which is not a call of AWS
# The sample organization has CloudTrail Lake in one region of one account, and regions in a run of all regions.
ELSEWHERE = {f"aws_cloudtrail_{name}" for name in ("channel", "event_data_store", "import", "query")} | {"aws_region"}
# Identity Center is in eu-west-1 and managed from the management account.
IN_IRELAND = {name for name in all_tables() if name.startswith(("aws_ssoadmin_", "aws_identitystore_"))}
each_table_with_rows = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in ELSEWHERE | IN_IRELAND)) for name in sorted(all_tables())],
)


@pytest.mark.parametrize("name", sorted(all_tables()))
def test_columns_have_the_names_and_types_that_public_queries_use(name: str, demo_run: Path) -> None:
    schemas = json.loads(SCHEMAS.read_text())
    if name not in schemas:
        pytest.skip("a table of our own")
    columns = "select column_name, data_type from duckdb_columns() where schema_name = 'main'"
    have = query(demo_run, f"{columns} and table_name = '{name}' order by column_index")
    if not schemas[name].get("in_scope", True):  # a table with some of the columns, each with its type
        types = {column["column"]: TYPES.get(column["type"], column["type"]) for column in schemas[name]["columns"]}
        assert {column: kind for column, kind in have if column in types}.items() <= types.items()
        return
    kinds = {} if schemas[name].get("dialect") == "duckdb" else TYPES
    want = [(column["column"], kinds.get(column["type"], column["type"])) for column in schemas[name]["columns"]]
    assert [(column, kind.replace('"', "")) for column, kind in have[: len(want)]] == [
        (column, kind.replace('"', "")) for column, kind in want
    ]
    extra = {column.name for column in all_tables()[name].extra_columns}
    assert {column for column, _ in have[len(want) :]} <= extra


@pytest.fixture(scope="module")
def all_regions_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of one account in each of its regions."""
    options = {"accounts": (TOOLS,), "tables": ("all",), "regions": ("all",), "events": ("none",)}
    return run_sync(tmp_path_factory.mktemp("everywhere"), typed=True, **options).path


@pytest.fixture(scope="module")
def ireland_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of the management account in the region of its Identity Center."""
    options = {"accounts": (MANAGEMENT,), "tables": tuple(sorted(IN_IRELAND)), "regions": ("eu-west-1",)}
    return run_sync(tmp_path_factory.mktemp("ireland"), typed=True, **options).path


@pytest.fixture(scope="module")
def query_run_with(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], list[Any]]]:
    """Return the function that queries the run that has rows of a table; each run is opened once."""
    with ExitStack() as stack:

        @cache
        def connection(fixture: str) -> duckdb.DuckDBPyConnection:
            return stack.enter_context(connect_run(request.getfixturevalue(fixture)))

        def rows(name: str, sql: str) -> list[Any]:
            fixture = "all_regions_run" if name in ELSEWHERE else "ireland_run" if name in IN_IRELAND else "demo_run"
            return connection(fixture).execute(sql).fetchall()

        yield rows


@each_table_with_rows
def test_the_key_of_a_table_is_unique(name: str, query_run_with: Callable[[str, str], list[Any]]) -> None:
    key = ", ".join(all_tables()[name].key)
    assert query_run_with(name, f"select {key}, count(*) from {name} group by {key} having count(*) > 1") == []
    unset = " or ".join(f"{column} is null" for column in all_tables()[name].key)
    assert name in derived_tables() or query_run_with(name, f"select {key} from {name} where {unset}") == []


@each_table_with_rows
def test_the_sample_organization_has_rows_for_each_table(
    name: str, query_run_with: Callable[[str, str], list[Any]]
) -> None:
    assert query_run_with(name, f"select count(*) > 0 from {name}") == [(True,)]


def test_each_table_and_column_has_a_comment(demo_run: Path) -> None:
    silent = "select table_name from duckdb_tables() where schema_name = 'main' and comment is null"
    assert query(demo_run, silent) == []
    silent = "select view_name from duckdb_views() where schema_name = 'main' and not internal and comment is null"
    assert query(demo_run, silent) == []
    silent = "select table_name, column_name from duckdb_columns() where schema_name = 'main' and comment is null and not internal"
    assert query(demo_run, silent) == []


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def output(call: Call) -> Shape:
    """Return the shape of an item; the rows of the credential report have none."""
    shape = model(call.service).operation_model(call.operation).output_shape
    result_shape = shape.members[call.items] if call.items else shape
    return result_shape.member if result_shape.type_name == "list" else result_shape


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.raw)
def test_a_call_exists_in_botocores_model(call: Call) -> None:
    taken = model(call.service).operation_model(call.operation).input_shape
    parameters = [name for name, _ in (*call.params, *call.params_from)]
    fan = [name for variant in call.variants for name in json.loads(variant)]
    assert {*parameters, *fan} <= set(taken.members if taken else ())
    required = set(taken.required_members if taken else ())
    if not call.implicit:
        assert required <= {*parameters, *fan}
    assert output(call)


@pytest.mark.parametrize("call", [call for call in CALLS if call.parent], ids=lambda call: call.raw)
def test_the_parameter_of_a_call_is_a_member_of_its_parents_item(call: Call) -> None:
    assert call.parent
    for name, path in call.params_from:
        if path.startswith("@$."):
            assert path[3:] in dict(call.parent.params_from), name
        elif path == "$" or path.startswith("arn:"):
            assert output(call.parent).type_name == "string"
        else:
            assert path.strip("[]").removeprefix("$.") in output(call.parent).members, name


@pytest.mark.parametrize("call", [call for call in CALLS if call.fallback_for], ids=lambda call: call.raw)
def test_a_fallback_call_replaces_a_call_that_is_made(call: Call) -> None:
    assert call.fallback_for in CALLS
    assert not call.fallback_for.fallback_for


def test_raw_tables_have_unique_names() -> None:
    assert len({call.raw for call in CALLS}) == len(CALLS)


PLAIN = [relation for relation in all_tables().values() if isinstance(relation, Table)]


def call_of(table: Table, path: str) -> Call:
    """Return the call whose items or parameters a path of a column reads."""
    calls = {"": table.call} | {join.name: join.call for join in table.joins}
    return calls[path.partition("$")[0].rstrip(":@")]


def source(table: Table, path: str) -> Shape:
    """Return the shape in botocore's model of the value at a path of a column."""
    prefix, _, members = path.partition("$")
    call = call_of(table, path)
    shape = model(call.service).operation_model(call.operation).input_shape if prefix.endswith("@") else output(call)
    for member in filter(None, members.split(".")):
        if shape.type_name == "map":
            assert member in (getattr(shape.key, "enum", ()) or [member]), (table.name, path)
            shape = shape.value
        else:
            assert member in shape.members, (table.name, path)
            shape = shape.members[member]
    return shape


@pytest.mark.parametrize("table", PLAIN, ids=lambda table: table.name)
def test_a_column_has_the_type_and_the_name_of_the_member_that_it_reads(table: Table) -> None:
    if table.name == "aws_iam_credential_report":
        return  # the columns of a CSV, which no model lists
    for column in (*table.columns, *table.extra_columns):
        first, *_ = paths = compiler.paths(column)
        if table.name == "aws_organizations_account" and first == "$.Tags":
            continue  # always null, because the list call lacks tags
        for path in paths:
            shape = source(table, path)
            assert column.macro or shape.type_name in SHAPES[column.type], (table.name, column.name, path)
        members = {snake_case(name): name for name in getattr(output(call_of(table, first)), "members", ())}
        if "@" not in first and "." in first and (table.name, column.name) not in OTHER_NAMES:
            assert first.split(".")[1] == members.get(column.name, first.split(".")[1]), (
                table.name,
                column.name,
                first,
            )


def test_tables_end_with_the_same_columns() -> None:
    for table in all_tables().values():
        names = [column.name for column in compiler.columns(table)]
        assert len(names) == len(set(names)), table.name
        assert (
            {"account_id", "tp_index"} & set(names)
            or table.common_columns == "context"
            or table.name in derived_tables()
        ), table.name
        assert ("_ctx" in names) == (table.common_columns != "none"), table.name


@pytest.mark.slow
def test_a_table_without_raw_items_has_no_rows(tmp_path: Path) -> None:
    """A run does not fill such tables; their SELECTs return nothing over empty raw tables."""
    log = tmp_path / "111111111111_CloudTrail_us-east-1_20260301T0000Z_x.json"
    log.write_text('{"Records": [{"eventID": "e-1", "eventName": "CreateUser", "recipientAccountId": "111111111111"}]}')
    path = import_files([log], None, tmp_path / "runs").path
    assert path and query(path, "select count(*) from aws_cloudtrail_event") == [(1,)]
    for name, relation in all_tables().items():
        if relation.stored and ACTIONS.raw not in table_sources(name):  # which an import writes of a package
            assert query(path, f"select count(*) from ({compiler.select(relation)})") == [(0,)], name


@pytest.mark.slow
def test_a_run_has_the_rows_of_the_declarations(demo_run: Path) -> None:
    for name, relation in all_tables().items():
        sql = f"select count(*), count(*) filter (where l is null or r is null) from ({compiler.select(relation)}) l"
        joined = f'{sql} full join "{name}" r on l::varchar = r::varchar'
        [(rows, alone)] = query(demo_run, f"{joined}") if relation.stored else [(1, 0)]
        assert (rows > 0 or name in ELSEWHERE | IN_IRELAND) and alone == 0, name


@pytest.mark.parametrize("name", all_tables())
def test_the_select_of_a_table_reads_only_the_raw_tables_of_its_calls(name: str) -> None:
    assert set(re.findall(r'raw\."(\w+)"', compiler.select(all_tables()[name]))) <= table_sources(name)


@pytest.mark.parametrize("name", [name for name, relation in all_tables().items() if relation.stored])
def test_a_table_declares_the_calls_whose_coverage_it_reads(name: str) -> None:
    """A table is filled when its calls have ended, so their coverage is complete."""
    relation = all_tables()[name]
    read = {*_COVERAGE.findall(relation.sql)} if isinstance(relation, View) else set()
    assert read <= {call.operation for table in (name, *relation.tables) for call in find_calls(table)}
