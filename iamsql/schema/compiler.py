"""Turn declarations into SQL: a Table into a SELECT over raw items, a View into its own SQL with the declared order and types.

Raw keeps AWS's words; this is the only place that translates them, and it writes nothing but SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from iamsql.model import Call, Column, Join, Table, View, camel
from iamsql.sqltext import literal

RAW_COLUMNS = '"account_id" VARCHAR, "region" VARCHAR, "bound" JSON, "item" JSON, "synced_at" TIMESTAMPTZ'
_PARTITION = '(select r."partition" from iamsql.run r)'
COMMON_COLUMNS = (
    Column("partition", "text", "The AWS partition: aws, aws-cn, aws-us-gov …"),
    Column("region", "text", "The region, or global."),
    Column("account_id", "text", "The account it belongs to."),
    Column("sp_connection_name", "text", "The name other tools give the source: aws_ and the account."),
    Column("sp_ctx", "json", "The same as _ctx."),
    Column("_ctx", "json", "Where the row comes from: source call, synced_at, connection_name."),
)


@cache
def fingerprint() -> str:
    """Hash the declarations of tables and views and what turns them into SQL, so that a file made by others can be told.

    Their texts are read and not their values, which takes a tenth of the time: every query asks.
    """
    home = files("iamsql")
    sources = [
        home / "model.py",
        *_texts(home / "schema" / "tables"),
        *_texts(home / "schema" / "views"),
        *_texts(home / "macros"),
        *_texts(home / "permissions"),
        home / "schema" / "facts.py",
    ]
    digest = hashlib.sha256()
    for text in sources:
        digest.update(text.read_bytes())
    return digest.hexdigest()[:16]


def _texts(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith((".py", ".sql", ".csv")):
            yield entry
        elif entry.is_dir():
            yield from _texts(entry)


def raw_table(call: Call) -> str:
    """Give the statement that makes a call's raw table when it is not there."""
    return f'create table if not exists raw."{call.raw}" ({RAW_COLUMNS})'


def common_columns(relation: Table | View) -> tuple[Column, ...]:
    """List the columns that every table ends with before its own."""
    named = {"account": COMMON_COLUMNS, "context": COMMON_COLUMNS[3:], "none": ()}
    return named.get(relation.common_columns, tuple(c for c in COMMON_COLUMNS if c.name != "region"))


def columns(relation: Table | View) -> tuple[Column, ...]:
    """List all columns of a table in order, each named once: an own column may restate none of them."""
    given = {column.name for column in relation.columns}
    return (*relation.columns, *(c for c in common_columns(relation) if c.name not in given), *relation.extra_columns)


def select(relation: Table | View) -> str:
    """Give the SELECT that fills a table."""
    return _view(relation) if isinstance(relation, View) else _table(relation)


def create_table(relation: Table | View) -> str:
    """Give the statement that makes a table without rows, of the columns that it declares."""
    declared = ", ".join(f'"{column.name}" {duck_type(column)}' for column in columns(relation))
    return f'create table main."{relation.name}" ({declared})'


def fill_table(relation: Table | View) -> str:
    """Give the statement that puts its rows into a table, or makes the view in the place of the empty table."""
    if relation.stored:
        return f'insert into main."{relation.name}" {select(relation)}'
    return f'drop table main."{relation.name}"; create view main."{relation.name}" as {select(relation)}'


def comments(relation: Table | View) -> Iterable[str]:
    """Give the COMMENT statements of a table and its columns."""
    kind = "table" if relation.stored else "view"
    yield f'comment on {kind} main."{relation.name}" is {literal(relation.about)}'
    for column in columns(relation):
        yield f'comment on column main."{relation.name}"."{column.name}" is {literal(column.about)}'


def paths(column: Column) -> list[str]:
    """Return the paths that a column is read from; a path without a member has the name of the column in CamelCase."""
    member = f"$.{camel(column.name)}"
    return [path if "$" in path else path + member for path in column.path.split(" | ")]


def duck_type(column: Column) -> str:
    """Name the DuckDB type of a column."""
    named = {"text": "VARCHAR", "json": "JSON", "double": "DOUBLE"}
    return column.type if "(" in column.type else named.get(column.type, column.type.upper())


# -- views -----------------------------------------------------------------------------------------------------------------


def _view(view: View) -> str:
    """Wrap a view's SQL, which gives account_id, region, source and synced_at beside its columns."""
    given = {column.name for column in (*view.columns, *view.extra_columns)} | {"account_id", "region"}
    shown = ",\n  ".join(
        f'try_cast(v."{c.name}" as {duck_type(c)}) as "{c.name}"'
        if c.name in given
        else f'{_common(c.name, "v")} as "{c.name}"'
        for c in columns(view)
    )
    return f"select\n  {shown}\nfrom (\n{view.sql.strip()}\n) v"


def _common(name: str, alias: str) -> str:
    """Give one of the columns that come from how a row was read; `alias` has account_id, region, source, synced_at."""
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


def _table(table: Table) -> str:
    given = {column.name: _value(column) for column in (*table.columns, *table.extra_columns)}
    shown = ",\n  ".join(f'{given.get(c.name) or _common(c.name, "i")} as "{c.name}"' for c in columns(table))
    joins = "".join(_join(join) for join in table.joins)
    return f"select\n  {shown}\nfrom {_source(table.call)} i{joins}"


def _source(call: Call) -> str:
    region = "region" if call.regional else "'global' as region"
    return (
        f"(select account_id, {region}, bound, item, synced_at, {literal(f'{call.service}:{call.operation}')} as source,"
        f' rowid as place from raw."{call.raw}")'
    )


def _join(join: Join) -> str:
    """Left-join a call's items; with `many` they come as one JSON list under the key they are joined by."""
    key = _path(join.to, "j") if join.to else "''"
    item = "to_json(list(j.item order by j.rowid))" if join.many else _choose("j.item", key, join.call)
    bound = _choose("j.bound", key, join.call)
    source = f'(select j.account_id, {key} as key, {item} as item, {bound} as bound from raw."{join.call.raw}" j group by all)'
    on = f' and "{join.name}".key = {_path(join.on, "i")}' if join.on else ""
    return f'\nleft join {source} "{join.name}" on "{join.name}".account_id = i.account_id{on}'


def _choose(value: str, key: str, call: Call) -> str:
    """Choose among the items of one key: where several regions answered, that of the region which the key, an ARN, names."""
    if not call.regional:
        return f"any_value({value})"
    return f"arg_min({value}, case when contains({key}, ':' || j.region || ':') then '' else j.region end)"


def _path(path: str, alias: str, operator: str = "->>") -> str:
    """Read `$.X` from the item and `@$.X` from the bound parameters of `alias`; `join:$.X` names another alias."""
    head, mark, rest = path.partition(":$") if ":$" in path else path.partition("@$")
    if mark and head:
        alias = f'"{head}"'
    member = "bound" if mark.startswith("@") else "item"
    where = "$" + rest if mark else path
    return f"({alias}.{member} {operator} {literal(where)})"


def _value(column: Column) -> str:
    """Give a column's expression: its paths tried in order, through its macro, as its type."""
    wants_json = bool(column.macro) or column.type == "json"
    read = [_path(path, "i", "->" if wants_json else "->>") for path in paths(column)]
    value = read[0] if len(read) == 1 else f"coalesce({', '.join(read)})"
    if column.macro:
        name, _, argument = column.macro.partition(":")
        value = f"{name}({value}{', ' + literal(argument) if argument else ''})"
    return f"try_cast({value} as {duck_type(column)})"
