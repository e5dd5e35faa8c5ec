"""A typed table's rows beside what plain boto3 calls to the same room return: two ways to one answer.

Expected rows are written in the tests from AWS's answers alone, so that no SQL of iamsql judges itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import duckdb
from botocore.config import Config
from botocore.exceptions import ClientError

from iamsql.schema.registry import all_tables
from iamsql.sync import Options
from tests.demo.clients import assume, session
from tests.fake_aws import FakeAws

ROLES = Options(Path()).roles
ONCE = Config(retries={"total_max_attempts": 1})
TAIL = ("partition", "region", "sp_connection_name", "sp_ctx", "_ctx")
Row = dict[str, Any]


def derived() -> set[str]:
    """Name the tables that only put other tables' rows together: no item of an answer of AWS is theirs."""
    ours = ("aws_iam_", "aws_organizations_")
    return {name for name, one in all_tables().items() if name.startswith(ours) and one.common_columns == "none"}


def rows_of(run: Path, table: str) -> list[Row]:
    """Give a table's rows as dicts: JSON parsed, times in UTC, everything else as DuckDB gives it."""
    with duckdb.connect(str(run), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        cursor = con.execute(f'select * from main."{table}"')
        names = [(one[0], str(one[1])) for one in cursor.description]
        return [
            {name: _plain(kind, value) for (name, kind), value in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]


def _plain(kind: str, value: Any) -> Any:
    if kind == "JSON" and value is not None:
        return json.loads(value)
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def sessions(room: FakeAws, region: str = "us-east-1") -> dict[str, boto3.Session]:
    """Enter every account of a room that lets the demo's caller in, by the roles that a sync tries: account id → session."""
    found = {}
    for account in room.organization.accounts:
        made = _session(room, account.id, region)
        if made:
            found[account.id] = made
    return found


def _session(room: FakeAws, account_id: str, region: str) -> boto3.Session | None:
    if account_id == room.organization.management.id:
        return session(room, region=region)
    for role in ROLES:
        try:
            return session(room, assume(room, account_id, role), region)
        except ClientError:
            continue
    return None


def client(one: boto3.Session, service: str) -> Any:
    """Make a client that never asks twice."""
    return one.client(service, config=ONCE)


def listed(client: Any, operation: str, member: str, **params: Any) -> list[Any]:
    """List all items of an operation by its snake name, page after page where botocore can."""
    if not client.can_paginate(operation):
        return list(getattr(client, operation)(**params)[member])
    return [item for page in client.get_paginator(operation).paginate(**params) for item in page[member]]


def answered(client: Any, operation: str, **params: Any) -> dict[str, Any] | None:
    """Give an answer without its metadata; None when it was refused."""
    try:
        answer: dict[str, Any] = getattr(client, operation)(**params)
    except ClientError:
        return None
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def as_json(value: Any) -> Any:
    """Give AWS's answer as a JSON column has it: times as texts, as the wire has them."""
    return json.loads(json.dumps(value, default=_text))


def _text(time: datetime) -> str:
    exact = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=exact).replace("+00:00", "Z")


def tag_map(tags: Iterable[dict[str, str]] | None) -> dict[str, str] | None:
    """Give tags as a map; None when there are none."""
    return {tag["Key"]: tag["Value"] for tag in tags or ()} or None


def given(rows: Iterable[Row], key: Sequence[str], columns: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    """Order rows by their key, with the columns named; fails where two rows have one key."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        where = tuple(row[name] for name in key)
        assert where not in found, where
        found[where] = {name: row[name] for name in columns}
    return found


def same(run: Path, table: str, key: Sequence[str], expected: Iterable[Row]) -> None:
    """Assert that a table holds the expected rows, value by value; columns that no expected row names are left out."""
    wanted = list(expected)
    assert wanted, table
    columns = list(wanted[0])
    have = given(rows_of(run, table), key, columns)
    want = given(wanted, key, columns)
    assert have.keys() == want.keys()
    wrong = [difference for where in want for difference in _differences(where, have[where], want[where])]
    assert not wrong, wrong[:5]


def _differences(where: tuple[Any, ...], have: Row, want: Row) -> Iterator[tuple[Any, ...]]:
    for name, value in want.items():
        if have[name] != value or type(have[name]) is not type(value):
            yield (where, name, have[name], value)


def ending(account_id: str, partition: str = "aws", region: str = "global") -> Row:
    """Give the columns that every table ends with, but for the contexts, which tell when a row was read."""
    return {
        "partition": partition,
        "region": region,
        "account_id": account_id,
        "sp_connection_name": f"aws_{account_id}",
    }
