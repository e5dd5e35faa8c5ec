"""The rule for controls over a run with gaps: no result is ok in an account whose data was not read.

`check` replaces such results. This rule does not use the SQL of `check`: it reads the declared calls and the run's coverage.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from iamsql.check.results import Statement
from iamsql.runs.coverage.calls import explain_calls
from iamsql.runs.coverage.gaps import INACTIVE
from iamsql.runs.store.reader import Reader
from iamsql.tables.registry import all_calls, organization_calls

Call = tuple[str, str, str | None]  # service, operation, and the operation that it is a fallback for
States = Mapping[tuple[str, str], Collection[str]]  # the states of the calls of an account, by service and operation
StatesByRegion = dict[tuple[str, str], dict[tuple[str, str], set[str]]]  # the states of calls by account and region
READ_STATES = {"ok", "not_applicable"}
UNREAD_STATES = {"denied", "not_requested"}
CALL_STATES_SQL = f"""
select account_id, coalesce(region, 'global'), service, operation,
    case when status = 'skipped' and error_code in {INACTIVE} then 'not_requested' else status end
from iamsql.coverage
"""
IAMSQL_TABLE_PATTERN = re.compile(r"\biamsql\s*\.", re.IGNORECASE)
RAW_TABLE_PREFIX = "raw."


def calls_by_table(
    reader: Reader, tables: Collection[str], ignored_calls: Collection[str] = ()
) -> dict[str, list[Call]]:
    """Map each table to its calls. `ignored_calls`, in the form `table service:operation`, are left out."""
    calls: dict[str, list[Call]] = {name: [] for name in tables}
    for table, call, fallback_for, *_ in explain_calls(reader, tables).rows:
        if call and f"{table} {call}" not in ignored_calls:
            service, _, operation = call.partition(":")
            calls[table].append((service, operation, fallback_for))
    for name in tables:
        if name.startswith(RAW_TABLE_PREFIX):
            calls[name] = [
                (call.service, call.operation, None) for call in all_calls() if name == f"{RAW_TABLE_PREFIX}{call.raw}"
            ]
    return calls


def calls_not_read(calls: Iterable[Call], states: States) -> Iterator[tuple[str, str]]:
    """Yield the calls of one table that were denied or not made in an account.

    A call is left out if it has fallback calls and all of them succeeded.
    """
    calls = list(calls)
    for service, operation, fallback_for in calls:
        fallback_calls = [other for other in calls if other[2] == operation]
        is_replaced = fallback_calls and all(
            set(states.get(other[:2], {"-"})) <= READ_STATES for other in fallback_calls
        )
        is_missing = UNREAD_STATES & set(states.get((service, operation), ()))
        if fallback_for is None and is_missing and not is_replaced:
            yield service, operation


def false_results(reader: Reader, statement: Statement, ok: Collection[tuple[str, str]]) -> list[str]:
    """Return a line for each `(account_id, region)` of a result that is ok although its data was not read."""
    if not statement.tables:
        if not ok or IAMSQL_TABLE_PATTERN.search(statement.sql):
            return []
        return ["returns ok without reading a table of AWS data"]
    states_by_region = _read_states(reader)
    missing_calls, everywhere = _missing_calls(
        calls_by_table(reader, statement.tables, statement.unused), states_by_region
    )
    accounts = {account for account, _ in states_by_region}
    lines = []
    for account, region in sorted(ok):
        # A result that is not about one region depends on every region, and every result on the calls of the account.
        calls_here = (
            call
            for (other, other_region), call in missing_calls.items()
            if other == account and _regions_overlap(other_region, region)
        )
        if account not in accounts:
            lines.append(f"returns ok for account {account}, which is not in the run")
        elif missing_call := everywhere or next(calls_here, ""):
            lines.append(f"returns ok for account {account} ({region}), where {missing_call} was not read")
    return lines


def _missing_calls(
    calls_of: Mapping[str, Sequence[Call]], states_by_region: StatesByRegion
) -> tuple[dict[tuple[str, str], str], str]:
    """Return the calls that were not read: one for each account and region, and one of the organization.

    The call of the organization is '' if all of them were read.
    """
    organization_wide = organization_calls()
    missing_calls: dict[tuple[str, str], str] = {}
    everywhere = ""
    for account_region, states in states_by_region.items():
        for calls in calls_of.values():
            for service, operation in calls_not_read(calls, states):
                call = f"{service}:{operation}"
                missing_calls.setdefault(account_region, call)
                everywhere = call if call in organization_wide else everywhere
    # A raw table may belong to a fallback call, which is made in few accounts.
    for service, operation, _ in (
        call for name, calls in calls_of.items() if name.startswith(RAW_TABLE_PREFIX) for call in calls
    ):
        accounts = {
            account
            for (account, _), states in states_by_region.items()
            if READ_STATES & states.get((service, operation), set())
        }
        call = f"{service}:{operation}"
        if call in organization_wide:
            everywhere = everywhere if accounts else call
        else:
            missing_calls |= {(account, "global"): call for account, _ in states_by_region if account not in accounts}
    return missing_calls, everywhere


def _regions_overlap(other: str, region: str) -> bool:
    """Return whether two regions are the same, or one of them is `global`."""
    return other == region or "global" in (other, region)


def _read_states(reader: Reader) -> StatesByRegion:
    """Return the states of calls by account and region; calls without a region have the region `global`."""
    states: StatesByRegion = {}
    for account, region, service, operation, status in reader.query(CALL_STATES_SQL):
        states.setdefault((account, region), {}).setdefault((service, operation), set()).add(status)
    return states
