"""Expected rows of a table of one call, from plain boto3 calls and the members that the columns of the table name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from iamsql.model import Call, Column, Table
from iamsql.schema import compiler
from iamsql.schema.registry import all_calls, all_tables
from tests.schema.tables.boto3_client import REGIONS, ServiceAccount
from tests.schema.tables.boto3_oracle import Row, as_json, tag_map

TOKENS = ("NextToken", "nextToken", "Marker")
# The macros of columns, in Python.
MACROS: dict[str, Callable[[Any], Any]] = {
    "assignment": lambda value: "Assigned" if value else "Unassigned",
    "code_is_true": lambda value: value > 0,
    "empty_list": lambda value: value or [],
    "one_list": lambda value: [value],
    "tag_map": tag_map,
    "tag_map_or_empty": lambda value: tag_map(value) or {},
}


def listed_tables() -> dict[str, Table]:
    """Return the tables of one call and no joins. The credential report is not one of them: it is a CSV."""
    tables = {name: relation for name, relation in all_tables().items() if isinstance(relation, Table)}
    return {name: table for name, table in tables.items() if not table.joins and name != "aws_iam_credential_report"}


def expected_rows(table: Table, account: ServiceAccount) -> Iterator[Row]:
    """Yield the rows that a table has for an account in all regions of the run."""
    columns = (*table.columns, *table.extra_columns)
    for region in REGIONS if table.call.regional else ("global",):
        common = account.common_columns(region)
        if table.common_columns == "caller":
            del common["region"]
        for params, item in items(table.call, account, region):
            yield {column.name: cell(column, params, item) for column in columns} | common


def items(call: Call, account: ServiceAccount, region: str) -> Iterator[tuple[Row, Any]]:
    """Yield the items of a call with the parameters that come from its parent; a call that is denied has no items."""
    assert not call.only and not call.parent_filter, call
    if call.org and not call.implicit and not account.management:  # the identity of a session is implicit
        return
    client = account.create_client(call.service, region if call.regional else "us-east-1")
    fixed = {name: list(value) if isinstance(value, tuple) else value for name, value in call.params}
    for params in requests(call, account, region):
        try:
            for response in pages(client, xform_name(call.operation), params | fixed):
                found = response[call.items] if call.items else response
                yield from ((params, item) for item in (found if isinstance(found, list) else [found]))
        except ClientError as error:
            assert error.response["Error"]["Code"] in (*call.empty_on, "AccessDenied", "AccessDeniedException"), error


def requests(call: Call, account: ServiceAccount, region: str) -> Iterator[Row]:
    """Yield the parameters of each request: for each item of the parent, or of the calls that replace the parent."""
    parents = [({}, None)] if call.parent is None else list(items(call.parent, account, region))
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


def cell(column: Column, params: Row, item: Any) -> Any:
    """Return the value of a column: the first member that the item has."""
    found = (member(path, params, item) for path in compiler.paths(column))
    value = next((value for value in found if value is not None), None)
    if column.macro:
        value = MACROS[column.macro](value)
    return as_json(value) if column.type == "json" else value
