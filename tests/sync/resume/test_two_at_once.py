"""Two syncs at once in one folder, and a resume of a run that is being written: two runs, or an error."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.resume.compare_runs import differences
from tests.sync.syncs import run_sync

ROOT = Path(__file__).parents[3]
SLOW = """
import sys
from pathlib import Path
from tests.fake_aws import FakeAws, Faults
from tests.conftest import DAY
from tests.sync.syncs import run_sync
run_sync(Path(sys.argv[1]), aws=FakeAws(DAY, faults=Faults(latency=float(sys.argv[2]))), no_reuse=True)
"""


def start_sync(runs: Path, latency: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SLOW, str(runs), str(latency)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_syncs_in_one_folder_are_two_runs(tmp_path: Path) -> None:
    both = [start_sync(tmp_path, 0.0), start_sync(tmp_path, 0.0)]
    for process in both:
        _, messages = process.communicate(timeout=120)
        assert process.returncode == 0, messages
    first, second = sorted(tmp_path.glob("*.duckdb"))
    assert differences(first, second) == {}
    assert not list(tmp_path.glob("*.partial*"))


@pytest.mark.slow
def test_a_run_that_is_being_written_cannot_be_resumed(tmp_path: Path) -> None:
    other = start_sync(tmp_path, 0.5)
    try:
        while not list(tmp_path.glob("*.partial.wal")):
            assert other.poll() is None
            time.sleep(0.05)
        with pytest.raises(IamsqlError, match="being written") as error:
            run_sync(tmp_path, resume=True)
        assert len(str(error.value).splitlines()) == 2
        beside = run_sync(tmp_path, aws=FakeAws(DAY), no_reuse=True)  # another sync is possible
    finally:
        other.kill()
        other.wait()
    assert beside.path.is_file() and len(list(tmp_path.glob("*.partial"))) == 1
