"""A merge that is killed at any moment changes no shard, and is repeated."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.status import MERGE_HINT, run_statuses
from iamsql.sync.merge.merge import merge
from tests.sync.merge.shard_runs import complete_run, copied_shards
from tests.sync.resume.compare_runs import differences
from tests.sync.syncs import run_sync

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [3, 40, 110, 160, 215, 225, 230])
def test_a_merge_that_was_killed_is_repeated_and_never_resumed_as_a_sync(tmp_path: Path, number: int) -> None:
    shards = copied_shards(tmp_path)
    before = [path.read_bytes() for path in shards]
    command = [sys.executable, "-m", "tests.sync.merge.kill_merge", str(tmp_path), str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -9), done.stderr
    for partial in tmp_path.glob("*.partial"):
        assert done.returncode and partial.stat().st_mode & 0o777 == 0o600
        [(_, status)] = [(run, status) for run, status in run_statuses(tmp_path) if run.path == partial]
        assert status.note in (MERGE_HINT, "interrupted before anything was read")
        other = tmp_path / "other"
        other.mkdir(mode=0o700)
        for file in tmp_path.glob(f"{partial.name}*"):  # and its log
            shutil.copy(file, other)
        with pytest.raises(IamsqlError, match=r"being merged from shards|interrupted before anything was read"):
            run_sync(other, resume=True)
    result = merge(tmp_path)
    assert result.path is not None and differences(complete_run(), result.path) == {}
    assert [path.read_bytes() for path in shards] == before
