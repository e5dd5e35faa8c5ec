"""The key numbers of a run. A number that misses the data of an account is a lower bound, and says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iamsql.coverage.summary import Coverage
from iamsql.lineage import coverage
from iamsql.model import IamsqlError, Query
from iamsql.query.session import answer
from iamsql.report.account_map import READ, RunAccount
from iamsql.report.contents import NUMBERS, Number
from iamsql.report.controls import ControlData
from iamsql.report.queries import COUNTS, UNKNOWN
from iamsql.store.reader import Reader

ROOT_KEY_STATES = ("active key", "inactive key", "key present")
SEVERITIES = ("critical", "high", "medium", "low")

Value = tuple[int | None, bool]  # the number, None if nothing was read; and whether it is complete


def read_numbers(
    reader: Reader, accounts: Sequence[RunAccount], root_keys: Query, data: ControlData, unlisted: str
) -> dict[str, Value]:
    """Return the numbers by key, in the order of NUMBERS. `unlisted` is why the accounts could not be listed, or ''.

    Accounts that are suspended, closed or pending do not make a number incomplete, as in the notes of `check`.
    """
    read = sum(account.outcome in READ for account in accounts)
    missing = sum(account.selected and account.outcome not in READ for account in accounts)
    values: dict[str, Value] = {"accounts_read": (read, not unlisted), "accounts_missing": (missing, not unlisted)}
    values |= {key: _count(reader, key, sql) for key, sql in COUNTS.items()}
    values["root_keys"] = _root_keys(reader, root_keys)
    values |= control_numbers(data)
    return {key: values[key] for key in NUMBERS}


def control_numbers(data: ControlData) -> dict[str, Value]:
    """Return the alarms by severity, and the number of results that could not be evaluated."""
    alarms = {f"alarms_{level}": _alarms(data, level) for level in SEVERITIES}
    unknown = sum(counts["error"] for counts in data.by_severity.values())
    return {**alarms, "unknown": (unknown, not data.failures.total())}


def as_numbers(values: dict[str, Value]) -> list[Number]:
    """Return the numbers without a trend."""
    return [Number(key, value, is_complete) for key, (value, is_complete) in values.items()]


def values_of(numbers: Mapping[str, Value]) -> dict[str, int | None]:
    """Return the numbers without their completeness."""
    return {key: value for key, (value, _) in numbers.items()}


def _count(reader: Reader, key: str, sql: str) -> Value:
    """Return the result of a SELECT of COUNTS, None if no account has the data."""
    try:
        ((count,),) = reader.run(sql).rows
        found = coverage(reader, sql, reader.tables_of(sql))
        unknown = reader.run(UNKNOWN[key]).rows[0][0] if key in UNKNOWN else 0
    except IamsqlError:
        return None, False
    is_read = bool(count) or bool(found.read and not found.uncollected)
    return (count if is_read else None), is_whole(found) and not unknown


def is_whole(found: Coverage) -> bool:
    """Return whether no active account lacks data."""
    return not (found.missing or found.uncollected or found.organization)


def _root_keys(reader: Reader, query: Query) -> Value:
    """Return the number of root users that have an access key, active or not."""
    try:
        result = answer(reader, query, {}).result
        found = coverage(reader, query.sql, reader.tables_of(query.sql))
    except IamsqlError:
        return None, False
    states = list(_column(result.columns, result.rows, "state"))
    known = [state for state in states if state != "unknown"]
    count = sum(state in ROOT_KEY_STATES for state in known)
    return (count if known else None), len(known) + found.not_attempted >= len(states) and not found.organization


def _column(columns: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Iterable[object]:
    place = columns.index(name)
    return (row[place] for row in rows)


def _alarms(data: ControlData, level: str) -> Value:
    counts = data.by_severity[level]
    evaluated = counts.total() - counts["error"] - counts["skip"]
    is_complete = not counts["error"] and not data.failures[level]
    return (counts["alarm"] if evaluated or is_complete else None), is_complete
