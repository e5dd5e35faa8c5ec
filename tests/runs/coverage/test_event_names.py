"""Whether a run says that it read events by their names only."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from iamsql.runs.coverage.event_names import event_names_note
from iamsql.runs.store.reader import open_run
from tests.minimal_run import make_run

ROW = "insert into iamsql.event_coverage (account_id, region, source, look_up, status, error_code) values ({})"
TRAIL = ROW.format("'1', 'r', 'trail', null, 'ok', null")
NAME = ROW.format("'2', 'r', 'event_history', 'EventName=ConsoleLogin', 'ok', null")
WRITES = ROW.format("'2', 'r', 'event_history', 'ReadOnly=false', 'ok', null")
EMPTY = ROW.format("'2', 'r', 'trail', null, 'ok', 'no_objects'")


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ((), ""),
        ((TRAIL,), ""),
        ((NAME,), "Not all CloudTrail events of 1 account were read: only sign-ins, events of root users and events with"),
        ((TRAIL, NAME, WRITES), "certain names, and in 1 account the write events of a Region. Other events are missing"),
        ((TRAIL, NAME, EMPTY), "of 1 account were read"),
    ],
)  # fmt: skip
def test_the_accounts_without_all_events_are_counted(tmp_path: Path, rows: tuple[str, ...], part: str) -> None:
    run = make_run(tmp_path / "20260301T120000Z-o-1.duckdb", statements=rows)
    with closing(open_run(run)) as reader:
        note = event_names_note(reader)
    assert note.startswith(part) if part.startswith("Not") or not part else part in note
    assert bool(note) == bool(part)
