"""The nouns that every room speaks: accounts, calls, tables, queries, results, and the one error a user can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

SEVERITIES = ("none", "info", "low", "medium", "high", "critical")


class IamsqlError(Exception):
    """Say in one or two lines what went wrong and what to do next; printed without a traceback, exit code 2."""


@dataclass(frozen=True)
class Account:
    """An AWS account as the organization lists it.

    `state` is PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE, CLOSED or '' (the answer held none).
    `ou_path` is the names of the units from the root down, joined by '/', or '' when they could not be read.
    `parents` is the ids from the root down to the unit that holds the account.
    """

    account_id: str
    name: str = ""
    email: str = ""
    state: str = "ACTIVE"
    ou_path: str = ""
    parents: tuple[str, ...] = ()
    selected: bool = True


@dataclass(frozen=True)
class Call:
    """A read of the AWS API and the place of its items in the answer.

    `items` is the member that holds them (a list, a map or one structure; '' is the whole answer), `part` the ending
    of its raw table where one answer has several lists. `each` is the parent call, `bind` the (parameter, JSON path in
    the parent's item) pairs; `fan` repeats the call over JSON objects of parameters. `absent` lists the codes that
    mean "none here". `instead_of` names the call that this one stands in for when that could not be read, `also_for`
    another such; `fresh` makes it under --fresh as well, `narrow` names the filter of `aws.parent_filters` for its parents
    otherwise. `only` is a member of the parents' items and the values with which they are asked about; '-' before the
    member turns that round. `on_demand` calls are made only for a table that was named. `action` is the IAM action when it is not
    service:operation. `entered` calls land from entering the account and are not collected.
    """

    service: str
    operation: str
    items: str = ""
    params: tuple[tuple[str, Any], ...] = ()
    each: Call | None = None
    bind: tuple[tuple[str, str], ...] = ()
    fan: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    regional: bool = False
    org: bool = False
    part: str = ""
    instead_of: Call | None = None
    also_for: Call | None = None
    fresh: bool = False
    narrow: str = ""
    only: tuple[str, ...] = ()
    on_demand: bool = False
    action: str = ""
    entered: bool = False

    @cached_property
    def raw(self) -> str:
        """Name the raw table: service_operation[_part], in snake case."""
        return "_".join(filter(None, (self.service.replace("-", "_"), snake(self.operation), self.part)))

    @cached_property
    def trip(self) -> tuple[Any, ...]:
        """Name the trip: calls that share it are answered by the same requests."""
        parent = self.each and (self.each.trip, self.each.items)  # lists of one answer are different parents
        return (self.service, self.operation, self.params, parent, self.bind, self.fan)

    @cached_property
    def permission(self) -> str:
        """Name the IAM action that allows it."""
        return self.action or f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class Column:
    """A column: name, DuckDB type, a sentence, and where it comes from.

    `path` is `$.Member` in the item (default: the name in CamelCase), `join:$.Member` in a joined item or
    `@$.Key` / `join@$.Key` in what the request was bound to; several, parted by ' | ', are tried in order.
    `via` names the macro of `shape` that the value goes through. In a View both are unused.
    """

    name: str
    type: str
    about: str
    path: str = ""
    macro: str = ""


@dataclass(frozen=True)
class Join:
    """Another call's item beside the row: the items of `call` whose `to` path equals the row's `on` path.

    `on` '' joins by account alone. With `many` all matching items come as one JSON list.
    """

    name: str
    call: Call
    on: str = ""
    to: str = ""
    many: bool = False


@dataclass(frozen=True)
class Table:
    """A typed table over one call and its joins; `own` columns follow those that other people's queries know."""

    name: str
    about: str
    call: Call
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    joins: tuple[Join, ...] = ()
    extra_columns: tuple[Column, ...] = ()
    alternates: tuple[Call, ...] = ()
    common_columns: str = "account"
    stored = True

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """List every call that the table's rows stand on."""
        return (self.call, *self.alternates, *(join.call for join in self.joins))

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """List the typed tables it reads: none."""
        return ()


@dataclass(frozen=True)
class View:
    """A typed table that is SQL over other tables (`tables`) and, where one answer must be unfolded, raw items (`calls`).

    One that is not `stored` is a view in the run file too: the rows of another table, seen another way. `partial_sql`
    replaces `sql` for a run that was cut off, if `sql` reads a table that a sync fills at its end.
    `columns_of` lists the calls that give no rows, each with the columns that it gives.
    """

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str
    tables: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    extra_columns: tuple[Column, ...] = ()
    common_columns: str = "account"
    stored: bool = True
    partial_sql: str = ""
    columns_of: tuple[tuple[Call, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Param:
    """A query's parameter; `default` is the SQL-neutral Python value, None for a required one when `required`."""

    name: str
    type: str
    default: Any = None
    about: str = ""
    required: bool = False


@dataclass(frozen=True)
class Query:
    """A .sql file: its front matter and its text, in which the front matter is blank lines so that line numbers hold."""

    name: str
    title: str
    sql: str
    path: str = ""
    kind: str = "report"
    severity: str = ""
    version: int = 1
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    about: str = ""
    dialect: str = "duckdb"
    latest: bool = True
    shipped: bool = True

    @cached_property
    def macro(self) -> str:
        """Name its table macro: the name alone for the newest version, name_vN for an older one."""
        return self.name if self.latest else f"{self.name}_v{self.version}"


@dataclass(frozen=True)
class Result:
    """Rows with their column names and DuckDB types, as they came."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    types: tuple[str, ...] = field(default=())


def snake(name: str) -> str:
    """Turn an AWS name into snake case, runs of capitals and digits kept together: ListMFADevices → list_mfa_devices."""
    out: list[str] = []
    for place, letter in enumerate(name):
        before, after = name[place - 1 : place], name[place + 1 : place + 2]
        if letter.isupper() and place and (not before.isupper() or (after.islower() and before != "_")):
            out.append("_")
        out.append(letter.lower())
    return "".join(out)


def camel(name: str) -> str:
    """Turn a column's name into AWS's spelling: create_date → CreateDate."""
    return "".join(word.capitalize() for word in name.split("_"))
