"""The key numbers of a run. A number is a lower bound if data of an account is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iamsql.model import IamsqlError, Query
from iamsql.query.execute import answer
from iamsql.report.account_map import READ_OUTCOMES, RunAccount
from iamsql.report.contents import NUMBER_KEYS, Number
from iamsql.report.controls import ControlData
from iamsql.report.queries import COUNT_SQL, UNKNOWN_COUNT_SQL
from iamsql.runs.coverage.summary import Coverage
from iamsql.runs.lineage import coverage
from iamsql.runs.store.reader import Reader

ROOT_KEY_STATES = ("active key", "inactive key", "key present")
SEVERITIES = ("critical", "high", "medium", "low")

Value = tuple[int | None, bool]  # the number, None if nothing was read; and whether it is complete
NOT_READ: Value = (None, False)


def read_numbers(
    reader: Reader, accounts: Sequence[RunAccount], root_keys: Query, data: ControlData, is_listed: bool
) -> dict[str, Value]:
    """Return the numbers by key, in the order of NUMBER_KEYS. No number is complete unless `is_listed`: all accounts are known.

    Accounts that are suspended, closed or pending do not make a number incomplete, as in the notes of `check`.
    """
    read_accounts = sum(account.outcome in READ_OUTCOMES for account in accounts)
    unread_accounts = sum(account.selected and account.outcome not in READ_OUTCOMES for account in accounts)
    values: dict[str, Value] = {"accounts_read": (read_accounts, True), "accounts_missing": (unread_accounts, True)}
    values |= {key: _read_count(reader, key, sql) for key, sql in COUNT_SQL.items()}
    values["root_keys"] = _count_root_keys(reader, root_keys, accounts)
    values |= control_numbers(data, is_any_read=read_accounts > 0)
    return {key: (values[key][0], values[key][1] and is_listed) for key in NUMBER_KEYS}


def control_numbers(data: ControlData, is_any_read: bool) -> dict[str, Value]:
    """Return the alarms by severity, and the number of results that could not be evaluated.

    Without an account that was read, no number is complete: the results are about the organization only.
    """
    alarms = {f"alarms_{level}": _count_alarms(data, level) for level in SEVERITIES}
    unknown = sum(counts["error"] for counts in data.by_severity.values())
    values = {**alarms, "unknown": (unknown, not data.failures.total())}
    return {key: (value, is_complete and is_any_read) for key, (value, is_complete) in values.items()}


def as_numbers(values: dict[str, Value]) -> list[Number]:
    """Return the numbers without a trend."""
    return [Number(key, value, is_complete) for key, (value, is_complete) in values.items()]


def select_values(numbers: Mapping[str, Value]) -> dict[str, int | None]:
    """Return the numbers without their completeness."""
    return {key: value for key, (value, _) in numbers.items()}


def _read_count(reader: Reader, key: str, sql: str) -> Value:
    """Return the result of a SELECT of COUNT_SQL, None if no account has the data."""
    try:
        ((count,),) = reader.run(sql).rows
        data_coverage = coverage(reader, sql, reader.tables_of(sql))
        unknown = reader.run(UNKNOWN_COUNT_SQL[key]).rows[0][0] if key in UNKNOWN_COUNT_SQL else 0
    except IamsqlError:
        return NOT_READ
    if not count and (not data_coverage.read or data_coverage.uncollected):
        return NOT_READ
    return count, is_complete_for_accounts(data_coverage) and not unknown


def is_complete_for_accounts(coverage_of_data: Coverage) -> bool:
    """Return whether the data of every active account was read."""
    return not (coverage_of_data.missing or coverage_of_data.uncollected or coverage_of_data.organization)


def _count_root_keys(reader: Reader, query: Query, accounts: Sequence[RunAccount]) -> Value:
    """Return the number of root users that have an access key, active or not."""
    try:
        result = answer(reader, query, {}).result
    except IamsqlError:
        return NOT_READ
    account_index, state_index = result.columns.index("account_id"), result.columns.index("state")
    states = {row[account_index]: row[state_index] for row in result.rows if row[state_index] != "unknown"}
    if not states:
        return NOT_READ
    expected_accounts = {item.account_id for item in accounts if item.selected and item.outcome != "inactive"}
    return sum(
        state_of_account in ROOT_KEY_STATES for state_of_account in states.values()
    ), expected_accounts <= states.keys()


def _count_alarms(data: ControlData, level: str) -> Value:
    """Return the number of alarms of a severity, None if no result of a control could be evaluated."""
    if level not in data.by_severity:
        return 0, True
    counts = data.by_severity[level]
    if counts.total() == counts["error"] + counts["skip"]:
        return NOT_READ
    return counts["alarm"], not counts["error"] and not data.failures[level]
