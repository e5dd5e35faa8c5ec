"""The rule for controls over a run with gaps: no result is ok in an account whose data was not read.

`check` replaces such results. This rule reads the declared calls and the coverage of the run, and not the SQL of `check`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from iamsql.check.results import Statement
from iamsql.runs.coverage.calls import explain_calls
from iamsql.runs.coverage.gaps import INACTIVE
from iamsql.runs.store.reader import Reader
from iamsql.tables.registry import all_calls, organization_calls

Call = tuple[str, str, str | None]  # service, operation, and the operation for which it is a fallback
States = Mapping[tuple[str, str], Collection[str]]  # the states of the calls of an account, by service and operation
Places = dict[tuple[str, str], dict[tuple[str, str], set[str]]]  # the states of calls by account and region
READ = {"ok", "not_applicable"}
NOT_READ = {"denied", "not_requested"}
STATES = f"""
select account_id, coalesce(region, 'global'), service, operation,
    case when status = 'skipped' and error_code in {INACTIVE} then 'not_requested' else status end
from iamsql.coverage
"""
OWN_TABLES = re.compile(r"\biamsql\s*\.", re.IGNORECASE)
RAW = "raw."


def calls_of_tables(reader: Reader, tables: Collection[str], unread: Collection[str] = ()) -> dict[str, list[Call]]:
    """Return for each table its calls, without those in `unread`, which are written as `table service:operation`."""
    found: dict[str, list[Call]] = {name: [] for name in tables}
    for table, call, fallback_for, *_ in explain_calls(reader, tables).rows:
        if call and f"{table} {call}" not in unread:
            service, _, operation = call.partition(":")
            found[table].append((service, operation, fallback_for))
    for name in tables:
        if name.startswith(RAW):
            found[name] = [(call.service, call.operation, None) for call in all_calls() if name == f"{RAW}{call.raw}"]
    return found


def calls_not_read(calls: Iterable[Call], states: States) -> Iterator[tuple[str, str]]:
    """Yield the calls of one table that were denied or not made in an account, unless all of their fallback calls succeeded."""
    calls = list(calls)
    for service, operation, fallback_for in calls:
        others = [other for other in calls if other[2] == operation]
        is_replaced = others and all(set(states.get(other[:2], {"-"})) <= READ for other in others)
        lacks = NOT_READ & set(states.get((service, operation), ()))
        if fallback_for is None and lacks and not is_replaced:
            yield service, operation


def false_results(reader: Reader, statement: Statement, ok: Collection[tuple[str, str]]) -> list[str]:
    """Return a line for each `(account_id, region)` of a result that is ok although its data was not read."""
    if not statement.tables:
        if not ok or OWN_TABLES.search(statement.sql):
            return []
        return ["returns ok without reading a table of AWS data"]
    by_place = _states(reader)
    lacking, everywhere = _lacking(calls_of_tables(reader, statement.tables, statement.unread), by_place)
    accounts = {account for account, _ in by_place}
    found = []
    for account, region in sorted(ok):
        # A result that is not about one region depends on every region, and every result on the calls of the account.
        calls_here = (call for (other, place), call in lacking.items() if other == account and _overlap(place, region))
        if account not in accounts:
            found.append(f"returns ok for account {account}, which is not in the run")
        elif unread := everywhere or next(calls_here, ""):
            found.append(f"returns ok for account {account} ({region}), where {unread} was not read")
    return found


def _lacking(calls_of: Mapping[str, Sequence[Call]], by_place: Places) -> tuple[dict[tuple[str, str], str], str]:
    """Return a call that was not read for each account and region, and a call of the organization that was not read, or ''."""
    once = organization_calls()
    lacking: dict[tuple[str, str], str] = {}
    everywhere = ""
    for place, states in by_place.items():
        for calls in calls_of.values():
            for service, operation in calls_not_read(calls, states):
                call = f"{service}:{operation}"
                lacking.setdefault(place, call)
                everywhere = call if call in once else everywhere
    # A raw table may be that of a fallback call, which is made in few accounts.
    for service, operation, _ in (call for name, calls in calls_of.items() if name.startswith(RAW) for call in calls):
        made = {account for (account, _), states in by_place.items() if READ & states.get((service, operation), set())}
        call = f"{service}:{operation}"
        if call in once:
            everywhere = everywhere if made else call
        else:
            lacking |= {(account, "global"): call for account, _ in by_place if account not in made}
    return lacking, everywhere


def _overlap(place: str, region: str) -> bool:
    return place == region or "global" in (place, region)


def _states(reader: Reader) -> Places:
    """Return the states of calls by account and region; calls without a region have the region `global`."""
    found: Places = {}
    for account, region, service, operation, status in reader.query(STATES):
        found.setdefault((account, region), {}).setdefault((service, operation), set()).add(status)
    return found
