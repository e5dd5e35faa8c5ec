"""A sync that is killed at any moment leaves earlier runs unchanged, and the resumed run has the same content."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from iamsql.runs.directory import list_runs
from tests.sync.resume.compare_runs import differences
from tests.sync.resume.kill_at import RESOURCES
from tests.sync.syncs import PAYMENTS, SyncedRun, query, run_sync

ROOT = Path(__file__).parents[3]
CALLS, STATEMENTS = 460, 225  # about as many as an undisturbed run has
RANDOM = random.Random(20260302)
QUICK = [("statement", 180, False)]
SLOW = [("call", 260, False), ("call", 35, False), ("statement", 12, False)]
SLOW += [("call", RANDOM.randint(5, CALLS), False) for _ in range(25)]
SLOW += [("statement", RANDOM.randint(1, STATEMENTS), True) for _ in range(25)]


# A sync of resources has about 220 calls, the first 20 of them during the creation of the file, and 115 statements.
OF_RESOURCES = [("call", RANDOM.randint(25, 200)) for _ in range(8)]
OF_RESOURCES += [("statement", RANDOM.randint(60, 110)) for _ in range(7)]


def killed(runs: Path, event: str, number: int, mode: str, kind: str) -> int:
    """Kill a sync of a kind at an event; return the exit code of its process, which is negative for a signal."""
    command = [
        sys.executable,
        "-m",
        "tests.sync.resume.kill_at",
        str(runs),
        event,
        str(number),
        mode,
        *[kind] * bool(kind),
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode in (0, -9), result.stderr
    return result.returncode


@pytest.fixture(scope="module")
def not_killed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], SyncedRun]:
    """Return the function that returns a complete run, with or without typed tables."""
    return cache(lambda typed: run_sync(tmp_path_factory.mktemp("runs"), typed=typed))


@pytest.mark.slow
@pytest.mark.parametrize(("event", "number", "typed"), [*QUICK, *SLOW])
def test_a_resumed_run_has_the_content_of_a_run_that_was_not_killed(
    tmp_path: Path, not_killed: Callable[[bool], SyncedRun], event: str, number: int, typed: bool
) -> None:
    earlier = run_sync(tmp_path, accounts=(PAYMENTS,), events=("none",)).path
    before = earlier.read_bytes()
    kind = "typed" if typed else ""
    died = killed(tmp_path, event, number, "new", kind)
    if died and has_partial_run(tmp_path):  # and again, early in the resumed run
        killed(tmp_path, event, max(1, number // 3), "resume", kind)
    assert earlier.read_bytes() == before
    if has_partial_run(tmp_path) or not finished(tmp_path, earlier):  # a sync may have finished before the event
        run_sync(tmp_path, resume=has_partial_run(tmp_path), typed=typed)
    ends = finished(tmp_path, earlier)
    assert earlier.read_bytes() == before
    assert len(ends) == 1
    assert differences(not_killed(typed).path, ends[0]) == {}
    other_files = {name.name for name in tmp_path.iterdir()} - {".lock", "SHA256SUMS", earlier.name, ends[0].name}
    assert not has_partial_run(tmp_path) and {name.partition(".")[0] for name in other_files} <= {
        *nothing_read(tmp_path)
    }


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a complete run of the policies of resources."""
    return run_sync(tmp_path_factory.mktemp("runs"), typed=True, **RESOURCES).path


@pytest.mark.slow
@pytest.mark.parametrize(("event", "number"), OF_RESOURCES)
def test_a_killed_sync_of_resources_reads_the_rest_when_it_is_resumed(
    tmp_path: Path, resources: Path, event: str, number: int
) -> None:
    died = killed(tmp_path, event, number, "new", "resources")
    if died and has_partial_run(tmp_path):
        killed(tmp_path, event, max(1, number // 3), "resume", "resources")
    if has_partial_run(tmp_path):
        run_sync(tmp_path, resume=True, typed=True)
    ends = [run.path for run in list_runs(tmp_path) if not run.partial]
    if not ends:  # killed before the file was initialized: there is nothing to resume
        assert nothing_read(tmp_path)
        return
    assert len(ends) == 1 and differences(resources, ends[0]) == {}
    assert not has_partial_run(tmp_path)


def finished(runs: Path, earlier: Path) -> list[Path]:
    """Return the finished runs."""
    return [run.path for run in list_runs(runs) if run.path != earlier and not run.partial]


def has_partial_run(runs: Path) -> bool:
    """Return whether there is an unfinished run that had begun to read."""
    return any(run.partial and run.run_id not in nothing_read(runs) for run in list_runs(runs))


def nothing_read(runs: Path) -> list[str]:
    """Return the unfinished runs that were killed before their file was initialized."""
    statement = "select count(*) from duckdb_tables() where schema_name = 'iamsql' and table_name = 'run'"
    counts = []
    for run in (run for run in list_runs(runs) if run.partial):
        if query(run.path, statement) == [(0,)] or query(run.path, "select count(*) from iamsql.run") == [(0,)]:
            counts.append(run.run_id)
    return counts
