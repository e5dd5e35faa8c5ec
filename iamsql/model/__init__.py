"""The types that all packages use: accounts, calls, tables, queries, results, and the error that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from iamsql.model.layout import TABLE_LAYOUT, Layout

_WORD_START_PATTERN = re.compile(r"(?<=[^A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Services whose IAM actions have another prefix.
ACTION_PREFIXES = {"accessanalyzer": "access-analyzer", "efs": "elasticfilesystem", "sesv2": "ses", "sso-admin": "sso"}
SEVERITIES = ("none", "info", "low", "medium", "high", "critical")


class IamsqlError(Exception):
    """An error that a user can act on: one or two lines with the next step. The CLI prints it and exits with 2."""


@dataclass(frozen=True)
class Account:
    """An AWS account as the organization lists it.

    `state`: PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE, CLOSED or '' (not in the response).
    `ou_path`: the names of the units from the root, joined by '/'; '' if they were not read. `parents`: the IDs of the units.
    `shard`: the other shard that reads the account.
    """

    account_id: str
    name: str = ""
    email: str = ""
    state: str = "ACTIVE"
    ou_path: str = ""
    parents: tuple[str, ...] = ()
    selected: bool = True
    shard: str = ""


@dataclass(frozen=True)
class Call:
    """A read operation of the AWS API, and the location of its items in the response.

    `items`: the member with the items (a list, map or structure; '' is the response). `left_out`: possible secrets, not stored.
    `params_from`: pairs of parameter and JSON path in the item of the `parent` call. Without a parent, `@$.AccountId` is the
    account; `arn:` starts a template of `aws.partitions.build_arn`. `variants`: JSON objects of parameters to repeat the call with.
    `region`: the only region that answers. `region_from`: the JSON path of the region in the item of the parent.
    `part`: the suffix of the raw table, if a response has several lists. `action`: the IAM action, if it has another name.
    `empty_on`: the error codes that mean "none". With `empty_item`, such a response has an empty object as its item.
    `fallback_for`, `also_for`: the calls that this call replaces if they could not be read.
    `fresh`: the call is also made with the option `fresh`. `parent_filter`: the filter of parents without this option.
    `only`: a member of the parents' items, and the values that the call is made for; '-' before the member negates.
    `on_demand`: the call is made only for named tables. `implicit`: assuming the role makes the call; it is not collected.
    """

    service: str
    operation: str
    items: str = ""
    params: tuple[tuple[str, Any], ...] = ()
    parent: Call | None = None
    params_from: tuple[tuple[str, str], ...] = ()
    variants: tuple[str, ...] = ()
    empty_on: tuple[str, ...] = ()
    empty_item: bool = False
    left_out: tuple[str, ...] = ()
    region_from: str = ""
    region: str = ""
    regional: bool = False
    org: bool = False
    part: str = ""
    fallback_for: Call | None = None
    also_for: Call | None = None
    fresh: bool = False
    parent_filter: str = ""
    only: tuple[str, ...] = ()
    on_demand: bool = False
    action: str = ""
    implicit: bool = False

    @cached_property
    def raw(self) -> str:
        """The raw table: service_operation[_part] in snake case."""
        return "_".join(filter(None, (self.service.replace("-", "_"), snake_case(self.operation), self.part)))

    @cached_property
    def request_key(self) -> tuple[Any, ...]:
        """The key of the request: calls with the same key share their responses."""
        # Calls for the items of different lists of one response, such as users and roles, have different parents.
        parent = self.parent and (self.parent.request_key, self.parent.items)
        return (self.service, self.operation, self.params, parent, self.params_from, self.variants)

    @cached_property
    def permission(self) -> str:
        """The IAM action that allows the call."""
        return self.action or f"{ACTION_PREFIXES.get(self.service, self.service)}:{self.operation}"


@dataclass(frozen=True)
class Column:
    """A column: name, DuckDB type, description and source.

    `path`: `$.Member` in the item, `join:$.Member` in a joined item, or `@$.Key` and `join@$.Key` in the parameters of the
    request. '' and `join:` read the member with the column's name in CamelCase. Paths separated by ' | ' are tried in order.
    `macro`: a scalar macro that converts the value. A View uses neither.
    """

    name: str
    type: str
    about: str
    path: str = ""
    macro: str = ""


@dataclass(frozen=True)
class Join:
    """The items of another call for a row: the items whose `to` path equals the `on` path of the row.

    Without paths, the call is made for each row, and its last parameter identifies the row.
    """

    name: str
    call: Call
    on: str = ""
    to: str = ""

    @cached_property
    def paths(self) -> tuple[str, str]:
        """The paths of the equal values in the row and in the joined items."""
        parameter, path = self.call.params_from[-1]
        return self.on or path, self.to or f"@$.{parameter}"


@dataclass(frozen=True)
class Table:
    """A typed table over one call and its joins. `extra_columns` follow the columns that Steampipe has.

    `schema.registry` gives a table the name of its module, and the first paragraph of the module's docstring as `about`.
    """

    call: Call
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    joins: tuple[Join, ...] = ()
    extra_columns: tuple[Column, ...] = ()
    common_columns: str = "account"
    name: str = ""
    about: str = ""
    stored, tables = True, ()  # as in View, so both are used alike: a table reads no other table

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """All calls that the rows of the table depend on."""
        return (self.call, *(join.call for join in self.joins))


@dataclass(frozen=True)
class View:
    """A typed table in SQL over other tables and raw items (`calls`), with name and `about` as in Table.

    `stored`: whether the run file has a table; otherwise, it has a view.
    `large`: calls whose rows are inserted in parts if they have many bytes (`schema.account_parts`).
    `by_account`: the rows of an account depend only on its own items, so a part of the accounts can be filled at a time.
    `partial_sql`: the SQL for an interrupted run, if `sql` reads a table that a sync fills last.
    `columns_of`: the calls that add columns but no rows. `calls_of_types`: the calls for each `resource_type`, lists first.
    """

    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str
    calls: tuple[Call, ...] = ()
    extra_columns: tuple[Column, ...] = ()
    common_columns: str = "account"
    stored: bool = True
    by_account: bool = False
    partial_sql: str = ""
    large: tuple[Call, ...] = ()
    columns_of: tuple[tuple[Call, tuple[str, ...]], ...] = ()
    calls_of_types: tuple[tuple[str, tuple[Call, ...]], ...] = ()
    name: str = ""
    about: str = ""

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The typed tables that `sql` reads. The names of CTEs do not begin with aws_."""
        return tuple(sorted(set(re.findall(r"\b(?:from|join) (aws_\w+)", self.sql))))


@dataclass(frozen=True)
class Param:
    """A query's parameter; `default` is a Python value."""

    name: str
    type: str
    default: Any = None
    about: str = ""
    required: bool = False


@dataclass(frozen=True)
class Query:
    """A .sql file: its front matter, and its text, where blank lines replace the front matter, so line numbers stay.

    `columns` are shown on a terminal in the `layout`, () all; `fixes` the commands for a finding, with placeholders of
    `remediation`. The rows depend only on the `resource_types`, () all. `positional` are the parameters of values after the name.
    """

    name: str
    title: str
    sql: str
    path: str = ""
    kind: str = "report"
    severity: str = ""
    version: int = 1
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    columns: tuple[str, ...] = ()
    layout: Layout = TABLE_LAYOUT
    fixes: tuple[str, ...] = ()
    resource_types: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    about: str = ""
    dialect: str = "duckdb"
    latest: bool = True
    shipped: bool = True

    @cached_property
    def macro(self) -> str:
        """The name of the table macro: `name` for the newest version, `name_vN` for an older one."""
        return self.name if self.latest else f"{self.name}_v{self.version}"


@dataclass(frozen=True)
class Result:
    """Rows with the names and DuckDB types of their columns."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    types: tuple[str, ...] = field(default=())


def snake_case(name: str) -> str:
    """Convert an AWS name to snake case; groups of capitals and digits stay together: ListMFADevices → list_mfa_devices."""
    return _WORD_START_PATTERN.sub("_", name).lower()


def camel_case(name: str) -> str:
    """Convert a column name to AWS's form: create_date → CreateDate."""
    return "".join(word.capitalize() for word in name.split("_"))
