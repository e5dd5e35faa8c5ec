"""A sync that is killed at any moment leaves earlier runs as they were, and an unfinished one that goes on to the same end."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from iamsql.runs import list_runs
from tests.sync.resume.compare_runs import differences
from tests.sync.syncs import PAYMENTS, SyncedRun, query, run_sync
from tests.tiers import slow_after

ROOT = Path(__file__).parents[3]
CALLS, STATEMENTS = 460, 225  # about as many as an undisturbed run has
RANDOM = random.Random(20260302)
QUICK = [("call", 260, False), ("statement", 180, False)]
SLOW = [("call", 35, False), ("statement", 12, False)]
SLOW += [("call", RANDOM.randint(5, CALLS), False) for _ in range(25)]
SLOW += [("statement", RANDOM.randint(1, STATEMENTS), True) for _ in range(25)]


def killed(runs: Path, where: str, number: int, how: str, typed: bool) -> int:
    """Kill a sync at a moment; return the exit code of its process, which is negative for a signal."""
    command = [
        sys.executable,
        "-m",
        "tests.sync.resume.kill_at",
        str(runs),
        where,
        str(number),
        how,
        *["typed"] * typed,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], SyncedRun]:
    """Return the function that gives a run that nothing killed, with its typed tables or without."""
    return cache(lambda typed: run_sync(tmp_path_factory.mktemp("runs"), typed=typed))


@pytest.mark.parametrize(("where", "number", "typed"), slow_after(len(QUICK), [*QUICK, *SLOW]))
def test_a_killed_sync_goes_on_to_the_same_end(
    tmp_path: Path, undisturbed: Callable[[bool], SyncedRun], where: str, number: int, typed: bool
) -> None:
    earlier = run_sync(tmp_path, accounts=(PAYMENTS,), events=("none",)).path
    before = earlier.read_bytes()
    died = killed(tmp_path, where, number, "new", typed)
    if died and read(tmp_path):  # and once more, early in the resumed run
        killed(tmp_path, where, max(1, number // 3), "resume", typed)
    assert earlier.read_bytes() == before
    if read(tmp_path) or not finished(tmp_path, earlier):  # a sync may have finished before its moment
        run_sync(tmp_path, resume=read(tmp_path), typed=typed)
    ends = finished(tmp_path, earlier)
    assert earlier.read_bytes() == before
    assert len(ends) == 1
    assert differences(undisturbed(typed).path, ends[0]) == {}
    left = {one.name for one in tmp_path.iterdir()} - {".lock", "SHA256SUMS", earlier.name, ends[0].name}
    assert not read(tmp_path) and {one.partition(".")[0] for one in left} <= {*nothing_read(tmp_path)}


def finished(runs: Path, earlier: Path) -> list[Path]:
    """List the runs that came to their end."""
    return [one.path for one in list_runs(runs) if one.path != earlier and not one.partial]


def read(runs: Path) -> bool:
    """Tell whether there is an unfinished run that had begun to read."""
    return any(one.partial and one.run_id not in nothing_read(runs) for one in list_runs(runs))


def nothing_read(runs: Path) -> list[str]:
    """List the unfinished runs that were killed before their file said what it is to be."""
    held = "select count(*) from duckdb_tables() where schema_name = 'iamsql' and table_name = 'run'"
    found = []
    for one in (one for one in list_runs(runs) if one.partial):
        if query(one.path, held) == [(0,)] or query(one.path, "select count(*) from iamsql.run") == [(0,)]:
            found.append(one.run_id)
    return found
