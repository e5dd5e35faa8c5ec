"""What is written down of an account: a row of coverage for every call that was wanted of it, made or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from iamsql.aws.client import CallStats
from iamsql.aws.errors import Fault, status_of
from iamsql.aws.plan import CallResult, CollectionPlan
from iamsql.model import Account, Call
from iamsql.runfile.build import AccountResult, CoverageRow
from iamsql.schema.registry import all_calls
from iamsql.sync.resume.state import Key, PriorAccount
from iamsql.sync.summary import merge_rows, with_stats

# An account that is not ACTIVE cannot be entered; one whose state AWS did not tell is tried, and is an error row if it fails.
NEVER_TRIED = {
    "SUSPENDED": "account_suspended",
    "PENDING_CLOSURE": "account_closed",
    "CLOSED": "account_closed",
    "PENDING_ACTIVATION": "account_pending",
}
ENTRY = Call("sts", "AssumeRole")
GRAVEST = ("expired", "throttled", "error", "denied")  # a denial says nothing where another role failed otherwise
OUT_OF_CALLS = "The run had made as many calls as --max-calls allows."


def entry(account: Account, tally: CallStats, refusals: Sequence[str], *, entered: bool) -> list[CoverageRow]:
    """Give the row of AssumeRole, with every refusal in AWS's words; none when no role was needed."""
    if not tally.requests:
        return []
    words = "; ".join(refusals) or None
    outcome = CallResult(ENTRY, "global", "ok", tally)
    if not entered:
        codes = {status_of(fault): fault.code for fault in reversed(tally.faults)}
        status = next(one for one in (*GRAVEST, *codes) if one in codes)
        outcome.status, outcome.fault = status, Fault(status, codes[status], words or "")
    row = covered(account, outcome)
    return [replace(row, error_message=words) if entered else row]


def unread(
    account: Account,
    wish: CollectionPlan,
    outcome: str,
    code: str,
    words: str,
    status: str = "skipped",
    kept: PriorAccount | None = None,
) -> AccountResult:
    """Give the visit of an account that is not read: a row for every call that was wanted of it and is not kept."""
    held = kept.rows if kept else {}
    rows = [
        CoverageRow(account.account_id, account.name, region, service, operation, status, code, words)
        for region, service, operation in wanted(wish)
        if (region, service, operation) not in held
    ]
    visit = AccountResult(account, None, "partial" if held else outcome, words, [*held.values(), *rows])
    return kept.joined(visit) if kept else visit


def wanted(wish: CollectionPlan) -> list[Key]:
    """List region, service and operation of the calls that every account is asked, stand-ins left out."""
    found: dict[Key, None] = {}
    for call in wish.calls:
        unasked = call.on_demand and call.raw not in wish.named
        if call.org or call.entered or call.instead_of or unasked:
            continue
        for region in wish.regions_of(call) if call.regional else ("global",):
            found[region, call.service, call.operation] = None
    return list(found)


def not_wished(account: Account, wish: CollectionPlan) -> Iterator[CoverageRow]:
    """Yield rows for the calls that --table left out."""
    wished = {(call.service, call.operation) for call in wish.calls}
    left = dict.fromkeys((call.service, call.operation) for call in all_calls() if not call.org and not call.entered)
    for service, operation in left:
        if (service, operation) not in wished:
            words = "No table that was named needs it."
            yield CoverageRow(
                account.account_id, account.name, "global", service, operation, "skipped", "not_selected", words
            )


def stateless(account: Account) -> list[CoverageRow]:
    """Give an error row for an account of which AWS told neither State nor Status."""
    words = "ListAccounts told neither State nor Status of this account."
    row = CoverageRow(
        account.account_id, account.name, "global", "organizations", "ListAccounts", "error", "NoState", words
    )
    return [] if account.state else [row]


def told(account: Account, outcomes: Sequence[CallResult], kept: PriorAccount) -> list[CoverageRow]:
    """Give the rows of trips, those of one call together; of what was kept, the rows of the earlier sitting."""
    made = [covered(account, outcome) for outcome in outcomes if not outcome.is_prior]
    held: dict[Key, list[CallResult]] = {}
    for one in (one for one in outcomes if one.is_prior):
        held.setdefault(
            (one.region if one.call.regional else "global", one.call.service, one.call.operation), []
        ).append(one)
    new = {(row.region, row.service, row.operation) for row in made}
    rows = (
        replace(kept.rows[key], items=sum(len(kept.items(one.call.raw, one.region)) for one in ones))
        if key in new  # some of its trips were made anew
        else kept.rows[key]
        for key, ones in held.items()
    )
    return merge_rows([*made, *rows])


def covered(account: Account, outcome: CallResult) -> CoverageRow:
    """Give the row of coverage of one trip in one region."""
    fault, call = outcome.fault, outcome.call
    region = outcome.region if call.regional else "global"
    why = (fault.code, fault.message) if fault else (None, None)
    row = CoverageRow(account.account_id, account.name, region, call.service, call.operation, outcome.status, *why)
    return with_stats(row, outcome.stats)
