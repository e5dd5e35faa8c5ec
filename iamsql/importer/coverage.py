"""The coverage of an imported account: which calls have a response in the files, and which do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from iamsql.importer import organization
from iamsql.importer.cloudtrail import LoadedLogs
from iamsql.importer.organization import NO_FILE, responses_of
from iamsql.importer.read import Contents, Response
from iamsql.importer.write import without_large
from iamsql.model import Account
from iamsql.runfile.rows import AccountResult, CoverageRow
from iamsql.schema.registry import all_calls
from iamsql.schema.tables._calls import (
    ACCESS_KEYS,
    EVENTS,
    RECORDS,
    USER_DETAILS,
    USERS,
)


def account_result(account: Account, contents: Contents, logs: LoadedLogs) -> AccountResult:
    """Return the coverage of an account: the calls with a response in the files, and the others; logs replace LookupEvents."""
    own = [response for response in contents.responses if response.account_id == account.account_id]
    items: Mapping[tuple[str, str], int] = _counts(own)
    rows = logs.coverage(account.account_id, account.name)
    replaced = {(EVENTS.service, EVENTS.operation)} if rows else set()
    for service, operation in dict.fromkeys((*(call for call in _wanted() if call not in replaced), *items)):
        row = CoverageRow(account.account_id, account.name, "global", service, operation, "ok")
        if (service, operation) in items:
            rows.append(replace(row, items=items[service, operation]))
        else:
            rows.append(replace(row, status="skipped", error_code="not_imported", error_message=NO_FILE))
    rows = [_keys_in_full(row, own) if row.operation == ACCESS_KEYS.operation else row for row in rows]
    rows = [without_large(row, own, contents.truncated) for row in organization.coverage(account, own, rows)]
    read = any(row.status in ("ok", "partial") for row in rows)
    missing = list(dict.fromkeys(row.operation for row in rows if row.is_gap and row.operation != RECORDS.operation))
    outcome = "read" if not missing else "partial" if read else "assume_role_failed"
    reason = f"no file for {', '.join(missing)}" if read and missing else NO_FILE if missing else None
    return AccountResult(account, None, outcome, reason, rows)


def _wanted() -> list[tuple[str, str]]:
    """Return the calls whose absence is a gap: those of every account, without fallbacks."""
    wanted = (call for call in all_calls() if not (call.org or call.implicit or call.fallback_for or call.on_demand))
    return list(dict.fromkeys((call.service, call.operation) for call in wanted))


def _counts(responses: Sequence[Response]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for response in responses:
        counts[response.service, response.operation] += len(response.items)
    return dict(counts)


def _keys_in_full(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of ListAccessKeys to partial if the files lack its response for some user."""
    users = {
        item["UserName"]
        for call in (USER_DETAILS, USERS)
        for response in responses_of(responses, call)
        for item in _users(response)
    }
    listed = list(responses_of(responses, ACCESS_KEYS))
    answered = {str(response.bound.get("UserName")) for response in listed} | {
        item["UserName"] for response in listed for item in _users(response)
    }
    if row.status != "ok" or not (missing := users - answered):
        return row
    message = f"No file lists the keys of {len(missing)} of {len(users)} users."
    return replace(row, status="partial", error_code="not_imported", error_message=message)


def _users(response: Response) -> Iterator[dict[str, Any]]:
    return (item for item in response.items if isinstance(item, dict) and isinstance(item.get("UserName"), str))
