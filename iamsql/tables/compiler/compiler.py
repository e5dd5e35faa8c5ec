"""Compile declarations to SQL: a Table to a SELECT over raw items, a View to its own SQL with the declared columns and types.

Raw items have the names and types of AWS. This module is the only place that maps them to the columns of tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from iamsql.model import Call, Column, Join, Table, View, camel_case
from iamsql.sqltext import literal
from iamsql.tables.compiler.account_parts import account_parts, document_parts, restrict

PACKAGE = Path(__file__).parents[2]
RAW_COLUMNS = '"account_id" VARCHAR, "region" VARCHAR, "bound" JSON, "item" JSON, "synced_at" TIMESTAMPTZ'
_LISTS = {"->": "item_values", "->>": "item_texts"}  # members of an item, by the operator that extracts them
_PARTITION = '(select r."partition" from iamsql.run r)'
# The columns that every table of the Steampipe plugin for AWS has.
COMMON_COLUMNS = (
    Column("partition", "text", "The AWS partition: aws, aws-cn, aws-us-gov …"),
    Column("region", "text", "The region of the resource; global for resources without a region."),
    Column("account_id", "text", "The ID of the account that the resource belongs to."),
    Column("sp_connection_name", "text", "The name of the Steampipe connection: aws_ followed by the account ID."),
    Column("sp_ctx", "json", "A copy of _ctx."),
    Column("_ctx", "json", "The origin of the row: source (the API operation), synced_at and connection_name."),
)


@cache
def fingerprint() -> str:
    """Return the hash of the declarations of tables, views and macros. A run file of another version has another fingerprint.

    Every query needs it. To hash the source files takes a tenth of the time that importing the declarations takes.
    """
    sources = [
        PACKAGE / "model" / "__init__.py",
        *sorted(PACKAGE.glob("tables/aws_*.*")),
        *_source_files(PACKAGE / "tables" / "calls"),
        *_source_files(PACKAGE / "tables" / "fragments"),
        *_source_files(PACKAGE / "tables" / "macros"),
        *_source_files(PACKAGE / "tables" / "permissions"),
        PACKAGE / "tables" / "compiler" / "facts.py",
        PACKAGE / "tables" / "compiler" / "iam_action_names.csv",
    ]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _source_files(folder: Path) -> Iterator[Path]:
    """Yield the source files of a folder in the order of their names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith((".py", ".sql", ".csv")):
            yield entry
        elif entry.is_dir():
            yield from _source_files(entry)


def raw_table(call: Call) -> str:
    """Return the statement that creates the raw table of a call, if it does not exist."""
    return f'create table if not exists raw."{call.raw}" ({RAW_COLUMNS})'


def common_columns(relation: Table | View) -> tuple[Column, ...]:
    """Return the common columns that a table has, by its `common_columns`: account, caller, context or none."""
    caller = tuple(column for column in COMMON_COLUMNS if column.name != "region")
    return {"account": COMMON_COLUMNS, "caller": caller, "context": COMMON_COLUMNS[3:], "none": ()}[
        relation.common_columns
    ]


def columns(relation: Table | View) -> tuple[Column, ...]:
    """Return all columns of a table in order: its own, the common columns that it does not declare itself, and the extra ones."""
    declared_names = {column.name for column in relation.columns}
    common = (column for column in common_columns(relation) if column.name not in declared_names)
    return (*relation.columns, *common, *relation.extra_columns)


def select(relation: Table | View) -> str:
    """Return the SELECT that fills a table."""
    return _select_view(relation) if isinstance(relation, View) else _select_table(relation)


def create_table(relation: Table | View) -> str:
    """Return the statement that creates a table without rows."""
    return f'create table main."{relation.name}" ({column_definitions(relation)})'


def column_definitions(relation: Table | View) -> str:
    """Return the names and types of the columns of a table, as in CREATE TABLE."""
    return ", ".join(f'"{column.name}" {duckdb_type(column)}' for column in columns(relation))


def fill_table(relation: Table | View, sizes: Mapping[str, Mapping[str, int]] | None = None) -> str:
    """Return the statements that insert the rows of a table, or that replace the empty table with its view.

    `sizes` are the bytes of the items by raw table and account. The accounts of a large table are inserted in parts, because
    DuckDB needs several times the memory of the items.
    """
    if isinstance(relation, View) and relation.large:
        parts = document_parts(relation, select(relation), sizes or {})
        return ";".join(f'insert into main."{relation.name}" {part}' for part in parts)
    if relation.stored:
        parts = account_parts(relation, sizes or {}) if isinstance(relation, View) and relation.by_account else [""]
        return ";".join(f'insert into main."{relation.name}" {restrict(select(relation), part)}' for part in parts)
    return f'drop table main."{relation.name}"; create view main."{relation.name}" as {select(relation)}'


def comments(relation: Table | View) -> Iterable[str]:
    """Yield the COMMENT statements of a table and its columns."""
    relation_type = "table" if relation.stored else "view"
    yield f'comment on {relation_type} main."{relation.name}" is {literal(relation.about)}'
    for column in columns(relation):
        yield f'comment on column main."{relation.name}"."{column.name}" is {literal(column.about)}'


def paths(column: Column) -> list[str]:
    """Return the paths that a column is read from; a path without a member has the name of the column in CamelCase."""
    member = f"$.{camel_case(column.name)}"
    return [path if "$" in path else path + member for path in column.path.split(" | ")]


def duckdb_type(column: Column) -> str:
    """Return the DuckDB type of a column."""
    if "(" in column.type:  # a STRUCT, whose names have lower case
        return column.type
    return "VARCHAR" if column.type == "text" else column.type.upper()


# -- views -----------------------------------------------------------------------------------------------------------------


def _select_view(view: View) -> str:
    """Return the SELECT of a view. The view's SQL returns account_id, region, source, synced_at and the declared columns."""
    declared_names = {column.name for column in (*view.columns, *view.extra_columns)} | {"account_id", "region"}
    # try_cast: a value that cannot be converted becomes NULL, because one unexpected item must not end the sync.
    selected = ",\n  ".join(
        f'try_cast(v."{column.name}" as {duckdb_type(column)}) as "{column.name}"'
        if column.name in declared_names
        else f'{_common_expression(column.name, "v")} as "{column.name}"'
        for column in columns(view)
    )
    return f"select\n  {selected}\nfrom (\n{view.sql.strip()}\n) v"


def _common_expression(name: str, alias: str) -> str:
    """Return the expression of a common column; `alias` has account_id, region, source and synced_at."""
    connection = f"'aws_' || {alias}.account_id"
    context = (
        f"json_object('source', {alias}.source, 'synced_at', strftime({alias}.synced_at, '%Y-%m-%dT%H:%M:%SZ'),"
        f" 'connection_name', {connection})"
    )
    return {
        "partition": _PARTITION,
        "region": f"{alias}.region",
        "account_id": f"{alias}.account_id",
        "sp_connection_name": connection,
        "sp_ctx": context,
        "_ctx": context,
    }[name]


# -- tables ----------------------------------------------------------------------------------------------------------------


def _select_table(table: Table) -> str:
    """Return the SELECT of a table; `i` has the items of its call."""
    members: dict[str, list[str]] = {"->": [], "->>": []}
    own_columns = {
        column.name: _column_expression(column, members) for column in (*table.columns, *table.extra_columns)
    }
    selected = ",\n  ".join(
        f'{own_columns.get(column.name) or _common_expression(column.name, "i")} as "{column.name}"'
        for column in columns(table)
    )
    joins = "".join(_left_join(join) for join in table.joins)
    return f"select\n  {selected}\nfrom {_source_items(table.call, members)} i{joins}"


def _source_items(call: Call, members: Mapping[str, Sequence[str]]) -> str:
    """Return the items of a call, with the lists of their `members` that columns read: DuckDB parses an item once for a list."""
    region = "region" if call.regional else "'global' as region"
    lists = (
        f"item {operator} [{', '.join(map(literal, read))}] as {_LISTS[operator]}, "
        for operator, read in members.items()
        if read
    )
    return (
        f"(select account_id, {region}, bound, item, {''.join(lists)}synced_at, "
        f'{literal(f"{call.service}:{call.operation}")} as source from raw."{call.raw}")'
    )


def _left_join(join: Join) -> str:
    """Return the left join of the items of a call, one for each key."""
    on, to = join.paths
    key = _path_expression(to, "j")
    item, bound = (_aggregate_of_item(value, key, join.call) for value in ("j.item", "j.bound"))
    source = f'(select j.account_id, {key} as key, {item} as item, {bound} as bound from raw."{join.call.raw}" j group by all)'
    # A left join, because a joined call can fail where the call of the rows succeeded.
    same_key = f'"{join.name}".account_id = i.account_id and "{join.name}".key = {_path_expression(on, "i")}'
    return f'\nleft join {source} "{join.name}" on {same_key}'


def _aggregate_of_item(value: str, key: str, call: Call) -> str:
    """Return the aggregate that selects the value of one item of a key: the item of the region in the key, which is an ARN."""
    if not call.regional:
        return f"any_value({value})"
    # A multi-Region trail is visible in every region, so a key has an item of each region. The home region decides.
    return f"arg_min({value}, case when contains({key}, ':' || j.region || ':') then '' else j.region end)"


def _path_expression(path: str, alias: str, operator: str = "->>") -> str:
    """Return the expression of a path: `$.X` in the item, `@$.X` in the parameters, `join:$.X` and `join@$.X` of a join."""
    source, mark, member_path = path.partition(":$") if ":$" in path else path.partition("@$")
    if mark and source:
        alias = f'"{source}"'
    member = "bound" if mark.startswith("@") else "item"
    json_path = "$" + member_path if mark else path
    return f"({alias}.{member} {operator} {literal(json_path)})"


def _member_expression(path: str, operator: str, read: list[str]) -> str:
    """Return the expression of a member of the item, which is an element of a list, and add the member to the list."""
    if path not in read:
        read.append(path)
    return f"i.{_LISTS[operator]}[{read.index(path) + 1}]"


def _column_expression(column: Column, members: Mapping[str, list[str]]) -> str:
    """Return the expression of a column: the first path with a value, converted by its macro and to its type.

    Add the members of the item that the column reads to the lists of their operator.
    """
    # ->> removes the quotes of a string. A macro receives JSON, so it can distinguish a string from a list.
    operator = "->" if column.macro or column.type == "json" else "->>"
    values = [
        _member_expression(path, operator, members[operator])
        if path.startswith("$.")
        else _path_expression(path, "i", operator)
        for path in paths(column)
    ]
    value = values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
    if column.macro:
        value = f"{column.macro}({value})"
    return f"try_cast({value} as {duckdb_type(column)})"
