"""Two syncs at once in one folder, and one that goes on while it is still written: two runs, or a clear refusal."""

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
run_sync(Path(sys.argv[1]), aws=FakeAws(DAY, faults=Faults(latency=float(sys.argv[2]))), no_carry=True)
"""


def begun(runs: Path, latency: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SLOW, str(runs), str(latency)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_two_syncs_in_one_folder_are_two_runs(tmp_path: Path) -> None:
    both = [begun(tmp_path, 0.0), begun(tmp_path, 0.0)]
    for one in both:
        _, said = one.communicate(timeout=120)
        assert one.returncode == 0, said
    first, second = sorted(tmp_path.glob("*.duckdb"))
    assert differences(first, second) == {}
    assert not list(tmp_path.glob("*.partial*"))


def test_what_is_written_at_this_moment_is_not_gone_on_with(tmp_path: Path) -> None:
    other = begun(tmp_path, 0.5)
    try:
        while not list(tmp_path.glob("*.partial.wal")):
            assert other.poll() is None
            time.sleep(0.05)
        with pytest.raises(IamsqlError, match="being written") as error:
            run_sync(tmp_path, resume=True)
        assert len(str(error.value).splitlines()) == 2
        beside = run_sync(tmp_path, aws=FakeAws(DAY), no_carry=True)  # a sync of its own goes on beside it
    finally:
        other.kill()
        other.wait()
    assert beside.path.is_file() and len(list(tmp_path.glob("*.partial"))) == 1
