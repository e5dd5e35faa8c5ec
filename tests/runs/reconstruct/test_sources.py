"""Which runs a past state comes from, and which accounts lack events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.runs.reconstruct.sources import Base, Sources, covered_until
from iamsql.runs.store.metadata import RunMetadata

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(minutes: int) -> datetime:
    """Return a time after the base run."""
    return START + timedelta(minutes=minutes)


def test_windows_cover_a_period_until_the_first_gap() -> None:
    assert covered_until(after(0), []) == after(0)
    assert covered_until(after(0), [(after(5), after(9))]) == after(0)
    assert covered_until(after(0), [(after(5), after(9)), (after(-9), after(5)), (after(20), after(30))]) == after(9)


def sources(**minutes_by_account: int) -> Sources:
    """Return sources with the minutes until which the events of accounts are known."""
    base = Base(Path("base"), RunMetadata(started_at=START, finished_at=after(3)), ("a", "b"))
    return Sources(base, known_until={account: after(minutes) for account, minutes in minutes_by_account.items()})


def test_an_account_without_all_events_is_missing_with_the_reason() -> None:
    assert sources(a=60, b=60).missing(after(40)) == {}
    assert sources(a=60).missing(after(40)) == {
        "b": "no run has all IAM events from 2026-03-02 12:00:00 to 2026-03-02 12:40:00"
    }
    late = sources(a=60, b=50).missing(after(40))
    assert late == {
        "b": "events until 2026-03-02 12:40:00 may have arrived after the run that read them until 2026-03-02 12:50:00"
    }


def test_no_event_is_needed_for_the_start_of_the_base_run() -> None:
    assert sources().missing(START) == {}
    assert sources().base.settled_at == after(3)
