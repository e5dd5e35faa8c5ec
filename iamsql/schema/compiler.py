"""Turn declarations into SQL: a Table into a SELECT over raw items, a View into its own SQL with the declared order and types.

Raw keeps AWS's words; this is the only place that translates them, and it writes nothing but SQL.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from iamsql.model import Call, Column, Join, Table, View, camel
from iamsql.sqltext import literal

RAW_COLUMNS = '"account_id" VARCHAR, "region" VARCHAR, "bound" JSON, "item" JSON, "synced_at" TIMESTAMPTZ'
_GIVES = re.compile(r"^-- gives: (.+)$", re.MULTILINE)
_COLUMN = re.compile(r"(\w+) ((?:[^,(]|\([^)]*\))+)")  # a name and its type, in which parentheses may hold commas
_NAME = re.compile(r"create or replace macro (\w+)")
_HEAD = re.compile(r"create or replace (temp )?macro .*? as table$", re.MULTILINE)
_PARTITION = '(select r."partition" from iamsql.run r)'
TAIL = (
    Column("partition", "text", "The AWS partition: aws, aws-cn, aws-us-gov …"),
    Column("region", "text", "The region, or global."),
    Column("account_id", "text", "The account it belongs to."),
    Column("sp_connection_name", "text", "The name other tools give the source: aws_ and the account."),
    Column("sp_ctx", "json", "The same as _ctx."),
    Column("_ctx", "json", "Where the row comes from: source call, synced_at, connection_name."),
)


@cache
def macros(temporary: bool = False) -> tuple[str, ...]:
    """List the statements that make the macros which the SELECTs use."""
    return _made("", temporary)


@cache
def questions(temporary: bool = False) -> tuple[str, ...]:
    """List the statements that make the table macros over typed tables, which several queries ask; after `stubs`.

    Those that use others come first, while these are stubs still: DuckDB binds a macro with all that it is made of.
    """
    return tuple(one for one in reversed(_made("questions", temporary)) if _GIVES.search(one))


@cache
def stubs(temporary: bool = False) -> tuple[str, ...]:
    """List the statements that make stand-ins of the questions, without rows, which what asks them is bound to in no time."""
    return tuple(_stub(one) if _GIVES.search(one) else one for one in _made("questions", temporary))


@cache
def texts() -> dict[str, str]:
    """Map each macro to the statement that makes it, those of questions too."""
    named = ((_NAME.search(one), one) for one in (*macros(), *questions()))
    return {found[1]: one for found, one in named if found}


def _stub(statement: str) -> str:
    """Give a question's macro that has no rows, of the columns which its text says that it gives."""
    given = _GIVES.search(statement)
    head = _HEAD.search(statement)
    if not given or not head:
        raise ValueError(statement)
    nulls = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in _COLUMN.findall(given[1]))
    return f"{head[0]} select {nulls} where false"


def _made(folder: str, temporary: bool) -> tuple[str, ...]:
    """Read the macros of a folder; DuckDB wants those that others use before them, so files go by name."""
    home = files("iamsql") / "shape" / folder
    names = sorted(entry.name for entry in home.iterdir() if entry.name.endswith(".sql"))
    text = "\n".join((home / name).read_text(encoding="utf-8") for name in names)
    statements = (part.strip() for part in text.split(";\n") if "create or replace macro" in part)
    kind = "temp macro" if temporary else "macro"
    return tuple(one.replace("create or replace macro", f"create or replace {kind}") for one in statements)


@cache
def fingerprint() -> str:
    """Hash the declarations of tables and views and what turns them into SQL, so that a file made by others can be told.

    Their texts are read and not their values, which takes a tenth of the time: every query asks.
    """
    home = files("iamsql")
    said = [
        home / "model.py",
        *_texts(home / "schema" / "tables"),
        *_texts(home / "schema" / "views"),
        *_texts(home / "shape"),
    ]
    digest = hashlib.sha256()
    for text in said:
        digest.update(text.read_bytes())
    return digest.hexdigest()[:16]


def _texts(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith((".py", ".sql")):
            yield entry
        elif entry.is_dir():
            yield from _texts(entry)


def raw_table(call: Call) -> str:
    """Give the statement that makes a call's raw table when it is not there."""
    return f'create table if not exists raw."{call.raw}" ({RAW_COLUMNS})'


def tail(relation: Table | View) -> tuple[Column, ...]:
    """List the columns that every table ends with before its own."""
    named = {"account": TAIL, "context": TAIL[3:], "none": ()}
    return named.get(relation.tail, tuple(c for c in TAIL if c.name != "region"))


def columns(relation: Table | View) -> tuple[Column, ...]:
    """List all columns of a table in order, each named once: an own column may restate none of them."""
    given = {column.name for column in relation.columns}
    return (*relation.columns, *(c for c in tail(relation) if c.name not in given), *relation.own)


def select(relation: Table | View) -> str:
    """Give the SELECT that fills a table."""
    return _view(relation) if isinstance(relation, View) else _table(relation)


def empty(relation: Table | View) -> str:
    """Give the statement that makes a table without rows, of the columns that it declares."""
    declared = ", ".join(f'"{column.name}" {duck_type(column)}' for column in columns(relation))
    return f'create table main."{relation.name}" ({declared})'


def filled(relation: Table | View) -> str:
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


def duck_type(column: Column) -> str:
    """Name the DuckDB type of a column."""
    named = {"text": "VARCHAR", "json": "JSON", "double": "DOUBLE"}
    return column.type if "(" in column.type else named.get(column.type, column.type.upper())


# -- views -----------------------------------------------------------------------------------------------------------------


def _view(view: View) -> str:
    """Wrap a view's SQL, which gives account_id, region, source and synced_at beside its columns."""
    given = {column.name for column in (*view.columns, *view.own)} | {"account_id", "region"}
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
    given = {column.name: _value(column) for column in (*table.columns, *table.own)}
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
    item = "to_json(list(j.item order by j.rowid))" if join.many else _one("j.item", key, join.call)
    bound = _one("j.bound", key, join.call)
    source = f'(select j.account_id, {key} as key, {item} as item, {bound} as bound from raw."{join.call.raw}" j group by all)'
    on = f' and "{join.name}".key = {_path(join.on, "i")}' if join.on else ""
    return f'\nleft join {source} "{join.name}" on "{join.name}".account_id = i.account_id{on}'


def _one(value: str, key: str, call: Call) -> str:
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
    wants_json = bool(column.via) or column.type == "json"
    paths = (column.path or "$." + camel(column.name)).split(" | ")
    read = [_path(path, "i", "->" if wants_json else "->>") for path in paths]
    value = read[0] if len(read) == 1 else f"coalesce({', '.join(read)})"
    if column.via:
        name, _, argument = column.via.partition(":")
        value = f"{name}({value}{', ' + literal(argument) if argument else ''})"
    return f"try_cast({value} as {duck_type(column)})"
