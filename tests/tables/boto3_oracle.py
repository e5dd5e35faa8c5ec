"""Compare the rows of a typed table with the responses of plain boto3 calls to the same fake AWS.

The expected rows come from AWS's responses alone, so iamsql's SQL is not compared with itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from iamsql.sync import Options
from iamsql.tables.registry import all_tables
from tests.conftest import reading
from tests.demo.clients import assume, session
from tests.fake_aws import FakeAws

ROLES = Options(Path()).roles
ONCE = Config(retries={"total_max_attempts": 1})
TAIL = ("partition", "region", "sp_connection_name", "sp_ctx", "_ctx")
Row = dict[str, Any]


def derived_tables() -> set[str]:
    """Return the tables whose rows come from other tables, not from a response of AWS."""
    ours = ("aws_iam_", "aws_organizations_")
    return {
        name for name, relation in all_tables().items() if name.startswith(ours) and relation.common_columns == "none"
    }


def rows_of(run: Path, table: str, condition: str = "true") -> list[Row]:
    """Return rows of a table as dicts: parsed JSON, times in UTC, and other values as DuckDB returns them."""
    with reading(run) as con:
        cursor = con.execute(f'select * from main."{table}" where {condition}')
        names = [(column[0], str(column[1])) for column in cursor.description]
        return [
            {name: _plain(column_type, value) for (name, column_type), value in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]


def _plain(column_type: str, value: Any) -> Any:
    if column_type == "JSON" and value is not None:
        return json.loads(value)
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def assume_roles(aws: FakeAws, region: str = "us-east-1") -> dict[str, boto3.Session]:
    """Assume the roles of a sync in each account that allows it; return the sessions by account ID."""
    sessions = {}
    for account in aws.organization.accounts:
        session = _session(aws, account.id, region)
        if session:
            sessions[account.id] = session
    return sessions


def _session(aws: FakeAws, account_id: str, region: str) -> boto3.Session | None:
    if account_id == aws.organization.management.id:
        return session(aws, region=region)
    for role in ROLES:
        try:
            return session(aws, assume(aws, account_id, role), region)
        except ClientError:
            continue
    return None


def client(session: boto3.Session, service: str) -> Any:
    """Return a client without retries."""
    return session.client(service, config=ONCE)


def listed(client: Any, operation: str, member: str, **params: Any) -> list[Any]:
    """Return all items of an operation, over all pages where botocore has a paginator."""
    if not client.can_paginate(operation):
        return list(getattr(client, operation)(**params)[member])
    return [item for page in client.get_paginator(operation).paginate(**params) for item in page[member]]


def response_of(client: Any, operation: str, **params: Any) -> dict[str, Any] | None:
    """Return a response without its metadata, None if it was denied."""
    try:
        response: dict[str, Any] = getattr(client, operation)(**params)
    except ClientError:
        return None
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def as_json(value: Any) -> Any:
    """Return a response as a JSON column has it: times as text, as in the HTTP body."""
    return json.loads(json.dumps(value, default=_text))


def _text(time: datetime) -> str:
    exact = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=exact).replace("+00:00", "Z")


def tag_map(tags: Iterable[dict[str, str]] | None) -> dict[str, str] | None:
    """Return tags as a map, None if there are none."""
    return {tag["Key"]: tag["Value"] for tag in tags or ()} or None


def by_key(rows: Iterable[Row], key: Sequence[str], columns: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    """Return the rows by their key; fail if two rows have the same key."""
    by_key_values: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        values = tuple(row[name] for name in key)
        assert values not in by_key_values, values
        by_key_values[values] = {name: row[name] for name in columns}
    return by_key_values


def assert_same_rows(
    run: Path, table: str, key: Sequence[str], expected: Iterable[Row], condition: str = "true"
) -> None:
    """Assert that a table has the expected rows that meet a condition; columns that no expected row has are not compared."""
    expected_rows = list(expected)
    assert expected_rows, table
    columns = list(expected_rows[0])
    have = by_key(rows_of(run, table, condition), key, columns)
    want = by_key(expected_rows, key, columns)
    assert have.keys() == want.keys(), sorted(have.keys() ^ want.keys(), key=str)[:5]
    wrong = [
        difference for key_values in want for difference in _differences(key_values, have[key_values], want[key_values])
    ]
    assert not wrong, wrong[:5]


def _differences(key_values: tuple[Any, ...], have: Row, want: Row) -> Iterator[tuple[Any, ...]]:
    for name, value in want.items():
        if have[name] != value or type(have[name]) is not type(value):
            yield (key_values, name, have[name], value)


def common_columns(account_id: str, partition: str = "aws", region: str = "global") -> Row:
    """Return the columns that each table ends with, except those that say when a row was read."""
    return {
        "partition": partition,
        "region": region,
        "account_id": account_id,
        "sp_connection_name": f"aws_{account_id}",
    }
