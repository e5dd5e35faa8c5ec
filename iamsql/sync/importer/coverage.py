"""The coverage of an imported account: the calls with a response in the files, and the calls without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from iamsql.canonical_json import canonical_json
from iamsql.model import Account, Call
from iamsql.render.cells import pluralize
from iamsql.runs.file.rows import AccountResult, CoverageRow
from iamsql.sync.importer import organization
from iamsql.sync.importer.cloudtrail import LoadedLogs
from iamsql.sync.importer.detect_resources import GLOBAL
from iamsql.sync.importer.items import left_out_message
from iamsql.sync.importer.named_files import named_files
from iamsql.sync.importer.organization import NO_FILE, select_responses
from iamsql.sync.importer.read import Contents
from iamsql.sync.importer.request_parameters import is_listed, missing
from iamsql.sync.importer.responses import Response
from iamsql.tables.calls.account import EVENTS, RECORDS
from iamsql.tables.registry import all_calls, all_tables

Key = tuple[str, str, str]  # region, service and operation


def account_result(account: Account, contents: Contents, logs: LoadedLogs) -> AccountResult:
    """Return the coverage of an account. CloudTrail logs replace the response of LookupEvents."""
    responses = [response for response in contents.responses if response.account_id == account.account_id]
    items: dict[Key, int] = defaultdict(int)
    for response in responses:
        items[_coverage_key(response)] += len(response.items)
    rows = logs.coverage(account.account_id, account.name)
    replaced = {(GLOBAL, EVENTS.service, EVENTS.operation)} if rows else set()
    expected = (*(key for key in _expected_keys() if key not in replaced), *_calls_of_listed_items(responses))
    for region, service, operation in dict.fromkeys((*expected, *items)):
        row = CoverageRow(account.account_id, account.name, region, service, operation, "ok")
        if (region, service, operation) in items:
            row = replace(row, items=items[region, service, operation])
        else:
            row = replace(row, status="skipped", error_code="not_imported", error_message=NO_FILE)
        here = [response for response in responses if _coverage_key(response)[0] == region]
        rows.append(_mark_truncated(_mark_assumed(_mark_missing_requests(row, here), here), here))
    rows = [
        _mark_too_large(row, responses, contents.truncated) for row in organization.coverage(account, responses, rows)
    ]
    read = any(row.status in ("ok", "partial") for row in rows)
    gaps = list(dict.fromkeys(row.operation for row in rows if row.is_gap and row.operation != RECORDS.operation))
    # An account without any response is like an account that a sync cannot read.
    outcome = "complete" if not gaps else "incomplete" if read else "assume_role_failed"
    reason = f"no file for {', '.join(gaps)}" if read and gaps else NO_FILE if gaps else None
    return AccountResult(account, None, outcome, reason, rows)


def _coverage_key(response: Response) -> Key:
    """Return the region, service and operation of a response; the region of events is in their own coverage."""
    key = (response.service, response.operation)
    return (response.region if key in _regional_operations() else GLOBAL, *key)


@cache
def _regional_operations() -> frozenset[tuple[str, str]]:
    return frozenset((call.service, call.operation) for call in all_calls() if call.regional and call != EVENTS)


@cache
def _expected_keys() -> list[Key]:
    """Return the calls that are a gap without a response: the calls of every account, except fallbacks."""
    calls = (call for call in all_calls() if not (call.org or call.implicit or call.fallback_for or call.on_demand))
    return list(dict.fromkeys((GLOBAL, call.service, call.operation) for call in calls))


def _calls_of_listed_items(responses: Sequence[Response]) -> list[Key]:
    """Return the calls for each item of the on-demand lists that the files have: without a response, their data is missing."""
    regions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for response in responses:
        regions[response.service, response.operation].add(_coverage_key(response)[0])
    return [
        (region, call.service, call.operation)
        for call in _calls_of_items()
        if call.parent
        for region in sorted(regions[call.parent.service, call.parent.operation])
    ]


@cache
def _calls_of_items() -> tuple[Call, ...]:
    """Return the calls for each item of an on-demand list: calls with named files, and calls for policies of resources."""
    named_calls = [file.call for file in named_files() if file.call.parent and file.call.parent.on_demand]
    return (*all_tables()["aws_resource_policy"].calls, *named_calls)


def _mark_missing_requests(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of a call for each item of a list by its requests without a response; without an item, it is complete."""
    calls = _countable_calls().get((row.service, row.operation), ())
    counts = [missing(call, responses) for call in calls if is_listed(call, responses)]
    absent, requests = sum(number for number, _ in counts), sum(number for _, number in counts)
    if not counts or (row.status == "ok" and not absent):
        return row
    if row.error_code == "not_imported" and not requests:
        return replace(row, status="ok", error_code=None, error_message=None)
    if row.status != "ok":
        return row
    message = f"No file has the response to {absent} of {pluralize(requests, 'request')}."
    return replace(row, status="partial", error_code="not_imported", error_message=message)


@cache
def _countable_calls() -> dict[tuple[str, str], list[Call]]:
    """Return the account calls that are made once for each item of a list, by service and operation.

    GetAccessKeyLastUsed is excluded, because the credential report decides which access keys need it.
    """
    by_operation: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in (named_file.call for named_file in named_files()):
        if call.parent and not call.org and not (call.fallback_for and call.parent_filter):
            by_operation[call.service, call.operation].append(call)
    return by_operation


def _mark_assumed(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of a call to partial if responses are assumed to be empty, because no file has them."""
    assumed = [response.is_assumed for response in select_responses(responses, row)]
    if row.status != "ok" or not any(assumed):
        return row
    message = f"No file has the response for {sum(assumed)} of {len(assumed)} resources, which count as resources without one."
    return replace(row, status="partial", error_code="not_imported", error_message=message)


def _mark_truncated(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of a call to partial if all pages of a response in the files have a next page."""
    pages: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for response in select_responses(responses, row):
        pages[response.part, canonical_json(response.bound)].append(response.is_truncated)
    if row.status != "ok" or not (absent := sum(map(all, pages.values()))):
        return row
    message = f"No file has the last page of {pluralize(absent, 'response')}."
    return replace(row, status="partial", error_code="not_imported", error_message=message)


def _mark_too_large(row: CoverageRow, responses: Sequence[Response], truncated: Mapping[Path, int]) -> CoverageRow:
    """Set the status of a call to partial if items of its files are too large."""
    paths = {response.path for response in select_responses(responses, row)} & truncated.keys()
    if row.status not in ("ok", "partial") or not paths:
        return row
    message = "; ".join(f"{path}: {left_out_message(truncated[path])}" for path in sorted(paths))
    return replace(row, status="partial", error_code="too_large", error_message=message)
