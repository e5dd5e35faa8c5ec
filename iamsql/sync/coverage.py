"""The coverage of an account: a row for each call that the run planned, made or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from iamsql.aws.client import CallStats
from iamsql.aws.errors import NOT_REQUESTED, Fault, coverage_status
from iamsql.aws.plan import CallResult, CollectionPlan
from iamsql.model import Account, Call
from iamsql.runs.file.rows import AccountResult, CoverageRow
from iamsql.sync.resume.state import CallKey, PriorAccount
from iamsql.tables.registry import all_calls

# In accounts with these states, no role can be assumed. An account without a state is tried; a failure is an error.
UNAVAILABLE_STATES = {
    "SUSPENDED": "account_suspended",
    "PENDING_CLOSURE": "account_closed",
    "CLOSED": "account_closed",
    "PENDING_ACTIVATION": "account_pending",
}
ASSUME_ROLE = Call("sts", "AssumeRole")
# AWS also answers AccessDenied for a role that does not exist, so every other failure explains more.
STATUSES_BY_SEVERITY = ("expired", "throttled", "error", "denied")
COUNT_COLUMNS = ("items", "requests", "throttles", "retries")


class UnreadReason(NamedTuple):
    """Why an account is not read: outcome of the account, and code, message and status of its calls."""

    outcome: str
    code: str
    message: str
    status: str = "skipped"


def coverage_row(account: Account, result: CallResult) -> CoverageRow:
    """Return the row of a call in one region."""
    fault, call = result.fault, result.call
    region = result.region if call.regional else "global"
    error_fields = (fault.code, fault.message) if fault else (None, None)
    row = CoverageRow(
        account.account_id, account.name, region, call.service, call.operation, result.status, *error_fields
    )
    return replace(row, **result.stats.columns())


def coverage_rows(account: Account, results: Sequence[CallResult], prior: PriorAccount) -> list[CoverageRow]:
    """Return one row per call and region; results of an earlier session have the rows of that session."""
    rows = [coverage_row(account, result) for result in results if not result.is_prior]
    by_call: dict[CallKey, list[CallResult]] = {}
    for result in (result for result in results if result.is_prior):
        region = result.region if result.call.regional else "global"
        by_call.setdefault(CallKey(region, result.call.service, result.call.operation), []).append(result)
    repeated_calls = {(row.region, row.service, row.operation) for row in rows}
    for key, call_results in by_call.items():
        row = prior.rows[key]
        if key in repeated_calls:  # some requests of the call were made again
            row = replace(row, items=sum(len(prior.items(result.call.raw, result.region)) for result in call_results))
        rows.append(row)
    return merge_rows(rows)


def assume_role_rows(
    account: Account, stats: CallStats, refusals: Sequence[str], *, is_assumed: bool
) -> list[CoverageRow]:
    """Return the row of AssumeRole, with the refusals of all roles; [] if no role was needed."""
    if not stats.requests and not stats.faults:
        return []
    message = "; ".join(refusals) or None
    result = CallResult(ASSUME_ROLE, "global", "ok", stats)
    if not is_assumed:
        codes = {
            coverage_status(fault): fault.code for fault in reversed(stats.faults)
        }  # the first code of each status
        status = next(status for status in (*STATUSES_BY_SEVERITY, *codes) if status in codes)
        result.status, result.fault = status, Fault(status, codes[status], message or "")
    row = coverage_row(account, result)
    return [replace(row, error_message=message) if is_assumed else row]


def unread_account(
    account: Account, plan: CollectionPlan, reason: UnreadReason, prior: PriorAccount | None = None
) -> AccountResult:
    """Return the result of an account that is not read: the rows of an earlier session, and a row for each remaining call."""
    prior_rows = prior.rows if prior else {}
    outcome, code, message, status = reason
    rows = [
        CoverageRow(account.account_id, account.name, *key, status, code, message)
        for key in expected_calls(plan)
        if key not in prior_rows
    ]
    result = AccountResult(
        account, None, "incomplete" if prior_rows else outcome, message, [*prior_rows.values(), *rows]
    )
    return prior.add_events(result) if prior else result


def expected_calls(plan: CollectionPlan) -> list[CallKey]:
    """Return the calls that are made in each account, without fallbacks: they are made only if another call fails."""
    keys: dict[CallKey, None] = {}
    for call in plan.calls:
        is_unselected = call.on_demand and call.raw not in plan.named_tables
        if call.org or call.implicit or call.fallback_for or is_unselected:
            continue
        # With `--region all`, these are the default regions: the enabled ones are unknown before the account is read.
        for region in plan.regions_of(call) if call.regional else ("global",):
            keys[CallKey(region, call.service, call.operation)] = None
    return list(keys)


def unselected_rows(account: Account, plan: CollectionPlan) -> Iterator[CoverageRow]:
    """Yield a row for each call that --table excludes."""
    selected_calls = {(call.service, call.operation) for call in plan.calls}
    message = "No selected table needs this call."
    calls = dict.fromkeys((call.service, call.operation) for call in all_calls() if not call.org and not call.implicit)
    for call in calls:
        if call not in selected_calls:
            key_fields = (account.account_id, account.name, "global")
            yield CoverageRow(*key_fields, *call, "skipped", "not_selected", message)


def missing_state_rows(account: Account) -> list[CoverageRow]:
    """Return an error row for an account without State and Status."""
    message = "ListAccounts returned neither State nor Status for this account."
    key_fields = (account.account_id, account.name, "global", "organizations", "ListAccounts")
    return [] if account.state else [CoverageRow(*key_fields, "error", "NoState", message)]


def merge_rows(rows: Sequence[CoverageRow]) -> list[CoverageRow]:
    """Return one row per region and call of an account: tables may need different requests of one operation."""
    by_call: dict[tuple[str, str, str], list[CoverageRow]] = {}
    for row in rows:
        by_call.setdefault((row.region, row.service, row.operation), []).append(row)
    return [_merge_rows_of_call(rows_of_call) for rows_of_call in by_call.values()]


def _merge_rows_of_call(rows: Sequence[CoverageRow]) -> CoverageRow:
    """Return one row of a call: the first failure, as `partial` if other requests succeeded, with the sums of the counts."""
    # An operation stays complete if the skipped requests are not needed by a selected table.
    selected_rows = [row for row in rows if (row.status, row.error_code) != ("skipped", "not_selected")] or rows[:1]
    if len(selected_rows) == 1:
        return selected_rows[0]
    failed_rows = [row for row in selected_rows if row.status not in ("ok", "not_applicable")]
    failed_rows.sort(
        key=lambda row: row.status == NOT_REQUESTED
    )  # a failure explains more than a call that depends on it
    first_row = (failed_rows or [row for row in selected_rows if row.status == "ok"] or selected_rows)[0]
    has_data = any(row.status in ("ok", "not_applicable", "partial") for row in selected_rows)
    return replace(
        first_row,
        status="partial" if failed_rows and has_data else first_row.status,
        seconds=round(sum(row.seconds for row in selected_rows), 3),
        started_at=min((row.started_at for row in selected_rows if row.started_at), default=None),
        **{name: sum(getattr(row, name) for row in selected_rows) for name in COUNT_COLUMNS},
    )
