"""Folders of small runs, and processes that lock, write and read them during a test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from tests.minimal_run import make_run

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
WRITES = """
import sys, time, duckdb
con = duckdb.connect(":memory:")
con.execute(f"attach '{sys.argv[1]}' as r")
print("there", flush=True)
time.sleep(300)
"""
READS = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print("there", flush=True)
sys.stdin.readline()
print(con.execute("select count(*) from aws_iam_user").fetchone()[0], flush=True)
"""
LOCKS = """
import sys, time
from pathlib import Path
from iamsql.runs.lock import folder_lock
with folder_lock(Path(sys.argv[1])):
    print("there", flush=True)
    time.sleep(300)
"""


def id_of(days: float, whose: str = "o-1") -> str:
    """Return the ID of a run that started a number of days before NOW."""
    return f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}-{whose}"


def add_run(folder: Path, days: float, status: str = "complete", partial: bool = False, **columns: str) -> Path:
    """Write a run that started a number of days before NOW; `facts` are values of iamsql.run."""
    run_id = columns.pop("run_id", id_of(days))
    path = make_run(folder / f"{run_id}.duckdb{'.partial' if partial else ''}")
    values = {"run_id": run_id, "status": "running" if partial else status, "organization_id": "o-1"} | columns
    values.setdefault("started_at", (NOW - timedelta(days=days)).isoformat())
    with duckdb.connect(str(path)) as con:
        con.execute(f"update iamsql.run set {', '.join(f'{column} = ${column}' for column in values)}", values)
    return path


def run_ids(folder: Path) -> list[str]:
    """Return the IDs of the run files of a folder, newest first."""
    names = (path.name for path in folder.iterdir() if path.name.endswith((".duckdb", ".partial")))
    return [name.partition(".duckdb")[0] for name in sorted(names, reverse=True)]


@contextmanager
def running(program: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program on a path until the block ends; it has printed that it is ready."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], text=True, **pipes)
    try:
        assert process.stdout and process.stdout.readline() == "there\n"
        yield process
    finally:
        process.kill()
        process.communicate()
