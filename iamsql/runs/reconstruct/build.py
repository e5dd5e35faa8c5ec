"""Write the run file of a past state: a copy of the base run's items, with the events until the time applied.

The typed tables, views, macros and queries are made from the items as in a sync, so everything derives from the changed items.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.coverage.item_counts import differences_clause, differences_from_rows, items_select
from iamsql.runs.file import build
from iamsql.runs.file.rows import RunRow, iso_seconds
from iamsql.runs.iam_state.account_state import AccountState
from iamsql.runs.iam_state.request import CannotApplyError
from iamsql.runs.reconstruct.event_order import in_order
from iamsql.runs.reconstruct.replay import Replay, parse_event, replay
from iamsql.runs.reconstruct.sources import Base, Sources
from iamsql.runs.reconstruct.statements import (
    ACCOUNTS_OUTCOME,
    AWS_POLICIES,
    COPIED,
    CREATE_CHANGES,
    EARLIER_EVENTS,
    EVENTS_SQL,
    FOREIGN_DOCUMENTS,
    INSERT_CHANGES,
    INSERT_ITEMS,
    LATER_EVENTS,
    NOT_AT_THE_TIME,
    STATE,
    UNKNOWN,
)
from iamsql.runs.store.writer import RunWriter
from iamsql.tables.calls.account import EVENTS as LOOKUPS
from iamsql.tables.calls.account import RECORDS, USER_DETAILS
from iamsql.tables.registry import all_calls

SETTLING = timedelta(minutes=1)  # before the base run: IAM may return a change some seconds after its event
NOT_RECONSTRUCTED, MISSING = "not_reconstructed", "events_missing"


def write_past(sources: Sources, at: datetime, folder: Path) -> Path:
    """Write the run file of the state at a time into a folder, and return its path.

    Raise IamsqlError if the state of no account is known.
    """
    base, missing = sources.base, sources.missing(at)
    if base.accounts and len(missing) == len(base.accounts):
        raise _unknown_state_error(base, at, missing)
    row = _run_row(base, at)
    row.run_id = build.free_name(folder, at, base.metadata.organization_id or base.metadata.run_id.partition("-")[2])
    writer = build.create(
        folder / f"{row.run_id}.duckdb",
        row,
        folders=sorted({path.parent.resolve() for path in (base.path, *sources.later)}),
    )
    try:
        _copy_base(writer, sources, at)
        changes = _apply_events(writer, base, at, missing)
        if base.accounts and len(missing) == len(base.accounts):
            raise _unknown_state_error(base, at, missing)
        _finish_coverage(writer, base, at, missing, changes)
        options = {**base.metadata.options, "at": iso_seconds(at), "base_run": base.metadata.run_id}
        writer.execute(
            "update iamsql.run set options = ?, window_start = (select min(window_start) from iamsql.event_coverage)",
            [json.dumps({**options, "changes": sum(len(done.changes) for done in changes.values())})],
        )
        for raw in _copied_tables():
            writer.add_copied(raw)
        build.complete(writer, "incomplete" if missing else base.metadata.status, iso_seconds(at), has_looked_up=True)
        return writer.finish()
    finally:
        writer.close()


def _unknown_state_error(base: Base, at: datetime, missing: Mapping[str, str]) -> IamsqlError:
    account, reason = next(iter(missing.items()))
    return IamsqlError(
        f"The state at {at:%Y-%m-%d %H:%M:%S} is unknown in all {len(base.accounts)} accounts of run {base.metadata.run_id}: in "
        f"{account}, {reason}.\nRead the events of the period with: iamsql sync --event all-writes, or --trail; or read the run: "
        f"--run {base.metadata.run_id}"
    )


def _run_row(base: Base, at: datetime) -> RunRow:
    metadata = base.metadata
    identity = (
        metadata.caller_arn or None,
        metadata.partition,
        metadata.organization_id or None,
        metadata.management_account_id or None,
    )
    return RunRow("", iso_seconds(at), *identity, window=(None, iso_seconds(at)))


def _copied_tables() -> list[str]:
    """Return the raw tables that are copied, apart from events."""
    return sorted({call.raw for call in all_calls() if call not in (LOOKUPS, RECORDS)})


def _copy_base(writer: RunWriter, sources: Sources, at: datetime) -> None:
    """Copy the items, accounts and coverage of the base run, and the events of all sources until the time."""
    until = at.replace(tzinfo=None)
    with writer.attached(sources.base.path, {}) as stored_tables, writer.transaction():
        if differences := differences_from_rows(writer.rows(items_select(stored_tables, "source."))):
            raise IamsqlError(
                f"{sources.base.path} was altered: {differences_clause(differences)}.\nUse the file that iamsql wrote."
            )
        for raw in _copied_tables():
            if f"raw.{raw}" in stored_tables:  # an earlier version did not make every call
                writer.execute(f'insert into raw."{raw}" from source.raw."{raw}" order by rowid')
        for statement in (*COPIED, FOREIGN_DOCUMENTS):
            writer.execute(statement)
        writer.execute(EARLIER_EVENTS, [until])
    for path in sources.later:
        with writer.attached(path, {}), writer.transaction():
            for statement, values in LATER_EVENTS:
                writer.execute(statement, [until if value == "naive" else iso_seconds(at) for value in values])
            writer.execute(FOREIGN_DOCUMENTS)


def _apply_events(writer: RunWriter, base: Base, at: datetime, missing: dict[str, str]) -> dict[str, Replay]:
    """Apply the events of each account. If an event of an account cannot be applied, the account is added to `missing`."""
    values = [(base.start - SETTLING).replace(tzinfo=None), at.replace(tzinfo=None)]
    events = defaultdict(list)
    for row in writer.rows(EVENTS_SQL, values):
        events[row[0]].append(parse_event(row, base.settled_at))
    replays: dict[str, Replay] = {}
    writer.execute(CREATE_CHANGES)
    aws_policies = dict(writer.rows(AWS_POLICIES)) if events else {}
    for account in base.accounts:
        if account in missing or account not in events:
            continue
        state = AccountState.read(account, base.metadata.partition, writer.rows(STATE, [account]), aws_policies)
        try:
            if not _has_details(writer, account):
                raise CannotApplyError(
                    "iam:GetAccountAuthorizationDetails was not read; events are applied to its data"
                )
            replays[account] = replay(state, in_order(state, events[account]))
        except CannotApplyError as error:
            missing[account] = str(error)
            continue
        _store_items(writer, state, iso_seconds(at))
        rows = [
            (account, change.table, change.key, change.change, event.event_id, event.iso_time, event.name)
            for event, change in replays[account].changes
        ]
        if rows:
            writer.execute(INSERT_CHANGES, [list(column) for column in zip(*rows, strict=True)])
    return replays


def _has_details(writer: RunWriter, account: str) -> bool:
    [(number,)] = writer.rows(
        "select count(*) from iamsql.coverage where account_id = ? and service = 'iam' and operation = ? and status = 'ok'",
        [account, USER_DETAILS.operation],
    )
    return bool(number)


def _store_items(writer: RunWriter, state: AccountState, synced_at: str) -> None:
    """Replace the items of the changed lists of an account."""
    for raw in sorted(state.changed):
        writer.execute(f'delete from raw."{raw}" where account_id = ?', [state.account_id])
        rows = [*state.rows(raw)]
        if rows:
            bounds, items = (list(column) for column in zip(*rows, strict=True))
            writer.execute(INSERT_ITEMS.format(raw=raw), [state.account_id, bounds, items, synced_at])


def _finish_coverage(
    writer: RunWriter, base: Base, at: datetime, missing: Mapping[str, str], changes: Mapping[str, Replay]
) -> None:
    """Mark what is unknown at the time: data without events, data that other events changed, accounts without all events."""
    of_run = f"the data of run {base.metadata.run_id} is not the data of {at:%Y-%m-%d %H:%M:%S}"
    for service, operation, raw in NOT_AT_THE_TIME:
        writer.execute(UNKNOWN, [NOT_RECONSTRUCTED, of_run, service, [operation], None])
        writer.execute(f'delete from raw."{raw}"')
    for account, done in changes.items():
        if done.unknown_calls:
            _mark_unknown(writer, account, sorted(done.unknown_calls), NOT_RECONSTRUCTED, "events changed the data")
    for account, reason in missing.items():
        _mark_unknown(writer, account, None, MISSING, reason)
        writer.execute(ACCOUNTS_OUTCOME, [f"not reconstructed: {reason}", account])


def _mark_unknown(writer: RunWriter, account: str, operations: list[str] | None, code: str, reason: str) -> None:
    """Mark IAM calls of an account as unknown, all for None, and delete their items."""
    writer.execute(UNKNOWN, [code, reason, "iam", operations, account])
    for raw in _find_raw_tables(operations):
        writer.execute(f'delete from raw."{raw}" where account_id = ?', [account])


def _find_raw_tables(operations: Iterable[str] | None) -> list[str]:
    names = None if operations is None else set(operations)
    return sorted(
        {call.raw for call in all_calls() if call.service == "iam" and (names is None or call.operation in names)}
    )
