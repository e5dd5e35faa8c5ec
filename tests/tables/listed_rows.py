"""Expected rows of a table that lists the items of a call, from plain boto3 calls and the members that its columns name.

Calls for the details of each item are joins without paths. Tables with other joins have expected rows of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from iamsql.model import Call, Column, Table
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_calls, all_tables
from tests.tables.boto3_client import REGIONS, ServiceAccount
from tests.tables.boto3_oracle import Row, as_json, tag_map
from tests.tables.oracle_iam_principals import std

TOKENS = ("NextToken", "nextToken", "Marker")
# The macros of columns, in Python.
MACROS: dict[str, Callable[[Any], Any]] = {
    "assignment": lambda user: "Assigned" if user else "Unassigned",
    "document": lambda text: text and json.loads(text),
    "policy_std": lambda text: text and std(json.loads(text)),
    "code_is_true": lambda number: number > 0,
    "empty_list": lambda items: items or [],
    "empty_null": lambda items: items or None,
    "last_part": lambda arn: arn.rpartition("/")[2],
    "one_list": lambda value: value and [value],
    "tag_map": tag_map,
    "tag_map_of": lambda item: item and (tag_map(item.get("Tags")) or {}),
    "tag_map_or_empty": lambda tags: None if tags is None else tag_map(tags) or {},
    "tags_of": lambda item: item and item.get("Tags", []),
}


def listed_tables() -> dict[str, Table]:
    """Return the tables that list the items of a call. The credential report is not one of them: it is a CSV."""
    tables = {name: relation for name, relation in all_tables().items() if isinstance(relation, Table)}
    return {
        name: table
        for name, table in tables.items()
        if name != "aws_iam_credential_report" and not any(join.on for join in table.joins)
    }


def expected_rows(table: Table, account: ServiceAccount) -> Iterator[Row]:
    """Yield the rows that a table has for an account in all regions of the run."""
    columns = (*table.columns, *table.extra_columns)
    for region in REGIONS if table.call.regional else ("global",):
        common = account.common_columns(region)
        if table.common_columns == "caller":
            del common["region"]
        details = {join.name: list(items(join.call, account, region)) for join in table.joins}
        for params, item in items(table.call, account, region):
            sources = {"": (params, item)}
            for join in table.joins:
                parameter, path = join.call.params_from[-1]
                matches = (pair for pair in details[join.name] if pair[0][parameter] == member(path, params, item))
                sources[join.name] = next(matches, ({}, None))
            yield {column.name: cell(column, sources) for column in columns} | common


def items(call: Call, account: ServiceAccount, region: str) -> Iterator[tuple[Row, Any]]:
    """Yield the items of a call with the parameters that come from its parent; a call that is denied has no items."""
    assert not call.only and not call.parent_filter, call
    if call.org and not call.implicit and not account.management:  # the identity of a session is implicit
        return
    client = account.create_client(call.service, region if call.regional else call.region or "us-east-1")
    fixed = {name: list(value) if isinstance(value, tuple) else value for name, value in call.params}
    for params in requests(call, account, region):
        try:
            for response in pages(client, xform_name(call.operation), params | fixed):
                content = response[call.items] if call.items else response
                yield from ((params, item) for item in (content if isinstance(content, list) else [content]))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            assert code in (*call.empty_on, "AccessDenied", "AccessDeniedException"), error
            if call.empty_item and code in call.empty_on:
                yield params, {}


def requests(call: Call, account: ServiceAccount, region: str) -> Iterator[Row]:
    """Yield the parameters of each request: for each item of the parent, or of the calls that replace the parent."""
    parents = (
        [({"AccountId": account.account_id}, None)]
        if call.parent is None
        else list(items(call.parent, account, region))
    )
    if call.parent and not parents:
        fallbacks = (other for other in all_calls() if other.fallback_for == call.parent and not other.parent)
        parents = [parent for other in fallbacks for parent in items(other, account, region)]
    for params, item in parents:
        for variant in call.variants or ("{}",):
            yield {name: member(path, params, item) for name, path in call.params_from} | json.loads(variant)


def pages(client: Any, operation: str, params: Row) -> Iterator[Row]:
    """Yield the responses of an operation, page by page."""
    token: Row = {}
    while True:
        response: Row = getattr(client, operation)(**params, **token)
        yield response
        token = {name: response[name] for name in TOKENS if response.get(name)}
        if not token:
            return


def member(path: str, params: Row, item: Any) -> Any:
    """Return the member of an item, or with @ of the parameters of its request; None if there is none."""
    value = params if path.startswith("@") else item
    for name in filter(None, path.lstrip("@").removeprefix("$").split(".")):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def cell(column: Column, sources: dict[str, tuple[Row, Any]]) -> Any:
    """Return the value of a column: the first member that the item, or the item of a join, has."""
    values = (value_at(path, sources) for path in compiler.paths(column))
    value = next((value for value in values if value is not None), None)
    if column.macro:
        value = MACROS[column.macro](value)
    return as_json(value) if column.type == "json" else value


def value_at(path: str, sources: dict[str, tuple[Row, Any]]) -> Any:
    """Return the member at a path, whose prefix is the name of a join."""
    prefix, _, members = path.partition("$")
    mark = "@" if prefix.endswith("@") else ""
    return member(f"{mark}${members}", *sources[prefix.rstrip(":@")])
