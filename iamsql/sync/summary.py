"""The lines that a sync prints at the end: what was read, each gap, and how the roles were assumed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamsql.aws.client import ApiClient
from iamsql.aws.errors import NOT_REQUESTED, POLICY_ERROR_CODES
from iamsql.escaping import printable
from iamsql.render.cells import pluralize
from iamsql.runs.file.rows import AccountResult, CoverageRow
from iamsql.sync.cloudtrail.report import SERVICE
from iamsql.sync.coverage import ASSUME_ROLE

ADMINISTRATORS_NOTE = "Administrator roles were assumed"
MAX_SHOWN = 12  # accounts that a line lists; the others are counted
# Control Tower and Organizations attach AdministratorAccess to these roles in the accounts that they create (AWS Control Tower User
# Guide, "AWSControlTowerExecution"; AWS Organizations User Guide, "Accessing member accounts").
ADMINISTRATOR_ROLE_NAMES = ("AWSControlTowerExecution", "OrganizationAccountAccessRole")


@dataclass(frozen=True)
class SyncOutcome:
    """What a sync wrote: the file, the results of the accounts, the coverage of other calls, and the seconds that it took.

    `notes` and `digest` have the lines about earlier data and roles, and about the digest of the file; `trail` has the lines about
    a trail.
    """

    path: Path
    results: Sequence[AccountResult]
    coverage: Sequence[CoverageRow]
    seconds: float
    notes: Sequence[str] = ()
    trail: Sequence[str] = ()
    digest: Sequence[str] = ()


def summary(collected: SyncOutcome, api: ApiClient) -> list[str]:
    """Return the lines about a sync and its calls."""
    results, seconds = collected.results, collected.seconds
    read_count = sum(result.outcome in ("complete", "incomplete") for result in results)
    complete_count = sum(result.outcome == "complete" for result in results)
    throttled_note = f", {api.throttles} throttled" if api.throttles else ""
    lines = [
        f"Read {read_count} of {len(results)} accounts ({complete_count} in full) in {seconds:.1f} s "
        f"with {api.calls} calls{throttled_note}.",
        *collected.notes,
        *_refused_policy_lines(results),
        *_not_read_lines(results),
        *_gap_lines(results, collected.coverage),
        *_not_enabled_lines(results),
        *map(printable, collected.trail),
        *_reused_lines(results),
        f"Run file: {collected.path}",
        *collected.digest,
    ]
    if any(result.outcome != "complete" for result in results):
        lines.append("How to read the missing accounts: iamsql query skipped_accounts")
    return lines


def administrator_notes(roles: Iterable[str], *, is_limited: bool) -> list[str]:
    """Return the sentence about administrators' roles, if any was assumed. `is_limited`: session policies limited them."""
    names = (role.rpartition("/")[2] for role in roles)
    counts = Counter(name for name in names if name in ADMINISTRATOR_ROLE_NAMES)
    if not counts:
        return []
    assumed_roles = ", ".join(
        f"{name} in {pluralize(counts[name], 'account')}" for name in ADMINISTRATOR_ROLE_NAMES if counts[name]
    )
    limit = (
        "a session policy limited each session to the calls of this sync"
        if is_limited
        else "no_session_policy left each session every permission of an administrator"
    )
    return [f"{ADMINISTRATORS_NOTE}: {assumed_roles}; {limit}. For a role that can only read, see: iamsql role --help"]


def _refused_policy_lines(results: Sequence[AccountResult]) -> Iterator[str]:
    """Yield the sentence about session policies that AWS refused, with the option that omits them."""
    rows = [row for result in results for row in result.coverage if row.operation == ASSUME_ROLE.operation]
    refused_rows = [row for row in rows if row.error_code in POLICY_ERROR_CODES]
    if refused_rows:
        codes = ", ".join(sorted({row.error_code or "" for row in refused_rows}))
        yield (
            f"AWS refused the session policy in {pluralize(len(refused_rows), 'account')} ({codes}). "
            "To assume the roles without one, set no_session_policy = true in the section [sync] of iamsql.toml."
        )


def _not_enabled_lines(results: Sequence[AccountResult]) -> Iterator[str]:
    """Yield the number of accounts that have not enabled a region, for each region."""
    rows = [row for result in results for row in result.coverage if row.error_code == "region_not_enabled"]
    accounts_by_region: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        accounts_by_region[row.region].add(row.account_id)
    for region, account_ids in sorted(accounts_by_region.items()):
        yield f"  {region} is not enabled in {len(account_ids)} of the accounts that were read."


def _reused_lines(results: Sequence[AccountResult]) -> Iterator[str]:
    """Yield the time until which looked-up events were copied from an earlier run."""
    windows = [reused.prior for result in results for reused in result.reused]
    if windows:
        latest = max(window.until for window in windows)
        yield f"Looked-up events until {latest:%Y-%m-%d} were reused from run {windows[0].run_id}."


def _not_read_lines(results: Sequence[AccountResult]) -> Iterator[str]:
    """Yield the accounts that were not read, with the error code of each role; the messages are in the file."""
    for result in results:
        if result.outcome in ("assume_role_failed", "inactive"):
            reasons = ", ".join(": ".join(part.split(": ")[:2]) for part in (result.reason or "").split("; "))
            yield f"  {result.account.account_id} {printable(result.account.name)}: not read: {printable(reasons)}"


def _gap_lines(results: Sequence[AccountResult], other_rows: Sequence[CoverageRow]) -> Iterator[str]:
    """Yield each call that failed, with its accounts and the calls that were not made because they depend on it."""
    by_call: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    rows = [*other_rows, *(row for result in results if result.outcome == "incomplete" for row in result.coverage)]
    # Log files have lines of their own, which count files.
    gaps = [row for row in rows if row.is_gap and row.service != SERVICE]
    failed_calls = {(row.account_id, row.operation) for row in gaps if row.status != NOT_REQUESTED}
    dependents: dict[str, set[str]] = defaultdict(set)  # calls by the call that they depend on
    for row in gaps:
        if row.status == NOT_REQUESTED and (row.account_id, row.error_code) in failed_calls:
            dependents[row.error_code or ""].add(f"{row.service}:{row.operation}")
        else:
            by_call[f"{row.service}:{row.operation}", row.status, row.error_code or ""].append(row.account_id)
    for (call, status, code), account_ids in by_call.items():
        accounts = list(dict.fromkeys(account_ids))
        omitted_note = f" and {len(accounts) - MAX_SHOWN} more" if len(accounts) > MAX_SHOWN else ""
        yield f"  {call}: {status} ({code}) in {', '.join(accounts[:MAX_SHOWN])}{omitted_note}{_dependents_text(call, dependents)}"


def _dependents_text(call: str, dependents: dict[str, set[str]]) -> str:
    """Return how many calls were not made because a call failed, for the first line about that call."""
    dependent_calls = sorted(dependents.pop(call.partition(":")[2], ()))
    names = (
        f"{dependent_calls[0]} was"
        if len(dependent_calls) == 1
        else f"{len(dependent_calls)} calls that depend on it were"
    )
    return f"; {names} not requested" if dependent_calls else ""
