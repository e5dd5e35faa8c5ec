"""Begin a run's file: which name it has, what is kept in it of a run that goes on, and what is still to come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from iamsql.aws.organization import Organization, OrganizationReader
from iamsql.model import Account
from iamsql.runfile import build
from iamsql.runfile.build import AccountResult, RunRow
from iamsql.runs.lock import folder_lock
from iamsql.store.journal import CUT_OFF
from iamsql.store.writer import RunWriter
from iamsql.sync.resume.select import claimed
from iamsql.sync.resume.state import Key, PriorRun

WAIT = 120.0  # seconds: another run that goes on may be copying what it keeps


def begun(
    runs: Path,
    facts: RunRow,
    org: Organization,
    walk: OrganizationReader,
    calls: Sequence[Key],
    hold: Callable[[], None],
    kept: PriorRun | None = None,
) -> RunWriter:
    """Begin the file of a run, or that which takes the place of an unfinished one; `calls` are asked of every account.

    From here on the file says of each account and call whether it was read or not reached. The folder is locked meanwhile:
    earlier runs that `hold` finds are not deleted before there is a file that somebody writes, and then nobody may.
    """
    with ExitStack() as held:
        held.enter_context(folder_lock(runs, WAIT))
        hold()
        if kept and kept.partial:
            kept.path = held.enter_context(claimed(kept.path))
            run_id = kept.run_id
        else:
            run_id = build.free_name(runs, datetime.now(UTC), org.organization_id or org.caller_account)
        landing = build.create(runs / f"{run_id}.duckdb", replace(facts, run_id=run_id))
        try:
            walk.land(org, landing)
            if kept:
                kept.copy(landing, [_begun(account, kept) for account in org.accounts], org.caller_account, calls)
            else:
                with landing.transaction():
                    visits = [_begun(account) for account in org.accounts]
                    landing.insert_rows("accounts", [visit.values(place) for place, visit in enumerate(visits, 1)])
                    landing.expect(calls)
            landing.flush()
        except BaseException:
            landing.close()
            raise
    return landing


def going(facts: RunRow, kept: PriorRun, now: str) -> RunRow:
    """Say of a run that goes on which two times it spans: its own start and now, or an earlier run's and its own."""
    started = kept.facts.started_at.isoformat() if kept.facts.started_at else None
    if kept.partial:
        return replace(facts, started_at=started or now, resumed_at=now)
    return replace(facts, carried=(kept.run_id, started))


def _begun(account: Account, kept: PriorRun | None = None) -> AccountResult:
    one = kept.of(account.account_id) if kept else None
    return one.visit(account) if one and one.whole else AccountResult(account, None, "not_reached", CUT_OFF)
