"""Processes that sync, query, list and prune one folder at once return right answers or errors, and no newest run is lost."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

ACCOUNT = "111122223333"
SYNC = ("sync", "--demo", "--account", ACCOUNT, "--table", "aws_iam_user")
USERS = ("query", "select account_id, name from aws_iam_user order by all", "-o", "csv", "--quiet")


def iamsql(runs: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command in another process."""
    command = [sys.executable, "-m", "iamsql", *args, "--runs", str(runs)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_a_sync_and_a_prune_run_during_queries(tmp_path: Path) -> None:
    assert iamsql(tmp_path, *SYNC).returncode == 0
    expected = iamsql(tmp_path, *USERS).stdout
    assert len(expected.splitlines()) > 2
    over = Event()

    def repeated(*args: str) -> list[subprocess.CompletedProcess[str]]:
        result = []
        while not over.is_set():
            result.append(iamsql(tmp_path, *args))
        return result

    def synced() -> list[subprocess.CompletedProcess[str]]:
        try:
            return [iamsql(tmp_path, *SYNC)]
        finally:
            over.set()

    with ThreadPoolExecutor() as pool:
        syncs, queries = pool.submit(synced), pool.submit(repeated, *USERS)
        lists, prunes = pool.submit(repeated, "runs"), pool.submit(repeated, "runs", "prune", "--keep", "1", "--yes")
    assert [result.returncode for result in (*syncs.result(), *lists.result())] == [0] * (1 + len(lists.result()))
    assert (0, expected) in {(result.returncode, result.stdout) for result in queries.result()}
    for result in queries.result():  # the run may be deleted after it was chosen and before it is opened
        assert result.stdout == expected if result.returncode == 0 else "There is no run file" in result.stderr, (
            result.stderr
        )
    for result in prunes.result():
        assert result.returncode == 0 or "is being written" in result.stderr, result.stderr
    assert iamsql(tmp_path, "runs", "prune", "--keep", "1", "--yes").returncode == 0
    assert len(list(tmp_path.glob("*.duckdb"))) == 1
    assert iamsql(tmp_path, *USERS).stdout == expected
    assert iamsql(tmp_path, "runs", "verify").returncode == 0
