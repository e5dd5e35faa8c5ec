"""The installed command reads the sample organization in shards and merges them: the rows are as from one sync."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sync.resume.compare_runs import differences

pytestmark = pytest.mark.slow
IAMSQL = str(Path(sys.executable).with_name("iamsql"))


def iamsql(runs: Path, *arguments: str, code: int = 0) -> str:
    """Run the command in an environment of its own; return what it printed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(runs.parent), "IAMSQL_RUNS": str(runs)}
    result = subprocess.run([IAMSQL, *arguments], env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == code, result.stderr
    return result.stdout + result.stderr


def test_processes_read_shards_and_one_merges_them(tmp_path: Path) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    iamsql(alone, "sync", "--demo", "--quiet")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "IAMSQL_RUNS": str(together)}
    shards = [
        subprocess.Popen([IAMSQL, "sync", "--demo", "--quiet", "--shard", f"{number}/3"], env=environment)
        for number in (1, 2, 3)
    ]
    assert [process.wait(300) for process in shards] == [0, 0, 0]
    assert "Error" in iamsql(together, "query", "stale_keys", code=2)
    assert "Merged 3 of 3 shards" in iamsql(together, "runs", "merge", "--strict", code=3)
    [run], [merged] = alone.glob("*.duckdb"), (path for path in together.glob("*.duckdb") if "-shard-" not in path.name)
    assert differences(run, merged) == {}
    answers = [iamsql(folder, "query", "stale_keys", "--output", "csv", "--quiet") for folder in (alone, together)]
    assert answers[0] == answers[1]
