"""The coverage of an imported account: the calls with a response in the files, and the calls without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from iamsql.importer import organization
from iamsql.importer.cloudtrail import LoadedLogs
from iamsql.importer.items import left_out_message
from iamsql.importer.organization import NO_FILE, items_of, responses_of
from iamsql.importer.read import Contents
from iamsql.importer.responses import Response
from iamsql.model import Account, Call
from iamsql.runfile.rows import AccountResult, CoverageRow
from iamsql.schema.registry import all_calls, all_tables
from iamsql.schema.tables._calls import ACCESS_KEYS, EVENTS, RECORDS, USER_DETAILS, USERS


def account_result(account: Account, contents: Contents, logs: LoadedLogs) -> AccountResult:
    """Return the coverage of an account. CloudTrail logs replace the response of LookupEvents."""
    own = [response for response in contents.responses if response.account_id == account.account_id]
    items: dict[tuple[str, str], int] = defaultdict(int)
    for response in own:
        items[response.service, response.operation] += len(response.items)
    rows = logs.coverage(account.account_id, account.name)
    replaced = {(EVENTS.service, EVENTS.operation)} if rows else set()
    wanted = (*(call for call in _wanted() if call not in replaced), *_details_of_lists(items))
    for service, operation in dict.fromkeys((*wanted, *items)):
        row = CoverageRow(account.account_id, account.name, "global", service, operation, "ok")
        if (service, operation) in items:
            rows.append(replace(row, items=items[service, operation]))
        else:
            rows.append(replace(row, status="skipped", error_code="not_imported", error_message=NO_FILE))
    rows = [_with_missing_keys(row, own) if row.operation == ACCESS_KEYS.operation else row for row in rows]
    rows = [_with_assumed(row, own) for row in rows]
    rows = [_without_large(row, own, contents.truncated) for row in organization.coverage(account, own, rows)]
    read = any(row.status in ("ok", "partial") for row in rows)
    missing = list(dict.fromkeys(row.operation for row in rows if row.is_gap and row.operation != RECORDS.operation))
    # An account without any response is like an account that a sync cannot read.
    outcome = "read" if not missing else "partial" if read else "assume_role_failed"
    reason = f"no file for {', '.join(missing)}" if read and missing else NO_FILE if missing else None
    return AccountResult(account, None, outcome, reason, rows)


def _wanted() -> list[tuple[str, str]]:
    """Return the calls that are a gap without a response: the calls of every account, except fallbacks."""
    wanted = (call for call in all_calls() if not (call.org or call.implicit or call.fallback_for or call.on_demand))
    return list(dict.fromkeys((call.service, call.operation) for call in wanted))


def _details_of_lists(operations: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the calls for the policies of the listed resources: without a response, it is unknown whether these have a policy."""
    parents = ((call, call.parent) for call in all_tables()["aws_resource_policy"].calls)
    return [
        (call.service, call.operation)
        for call, parent in parents
        if parent and (parent.service, parent.operation) in operations
    ]


def _with_assumed(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of a call to partial if responses are taken to be empty, because no file has them."""
    found = [response.is_assumed for response in responses_of(responses, row)]
    if row.status != "ok" or not any(found):
        return row
    message = (
        f"No file has the response for {sum(found)} of {len(found)} resources, which count as resources without one."
    )
    return replace(row, status="partial", error_code="not_imported", error_message=message)


def _with_missing_keys(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of ListAccessKeys to partial if the files lack its response for some user."""
    users = _user_names(responses, USER_DETAILS) | _user_names(responses, USERS)
    requested = {str(response.bound.get("UserName")) for response in responses_of(responses, ACCESS_KEYS)}
    answered = requested | _user_names(responses, ACCESS_KEYS)
    if row.status != "ok" or not (missing := users - answered):
        return row
    message = f"No file lists the keys of {len(missing)} of {len(users)} users."
    return replace(row, status="partial", error_code="not_imported", error_message=message)


def _user_names(responses: Sequence[Response], call: Call) -> set[str]:
    names = (item.get("UserName") for item in items_of(responses, call))
    return {name for name in names if isinstance(name, str)}


def _without_large(row: CoverageRow, responses: Sequence[Response], truncated: Mapping[Path, int]) -> CoverageRow:
    """Set the status of a call to partial if items of its files are too large."""
    paths = {response.path for response in responses_of(responses, row)} & truncated.keys()
    if row.status not in ("ok", "partial") or not paths:
        return row
    message = "; ".join(f"{path}: {left_out_message(truncated[path])}" for path in sorted(paths))
    return replace(row, status="partial", error_code="too_large", error_message=message)
