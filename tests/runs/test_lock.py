"""One holder of a runs folder at a time; the lock goes with its holder, and where there can be none that is said."""

from __future__ import annotations

import errno
import os
import signal
import stat
import threading
from pathlib import Path
from unittest.mock import patch

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.lock import folder_lock
from iamsql.store.open_errors import is_being_written
from tests.runs.run_folders import HOLDS, READS, WRITES, beside, put


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_makes_the_folder_and_the_lock_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "runs"
    with folder_lock(folder):
        assert mode(folder) == 0o700
        assert mode(folder / ".lock") == 0o600


def test_a_second_holder_is_told_and_gets_it_afterwards(tmp_path: Path) -> None:
    said: list[str] = []

    def second() -> None:
        try:
            with folder_lock(tmp_path, wait=0.05):
                said.append("got it")
        except IamsqlError as error:
            said.append(str(error))

    with folder_lock(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join()
    second()
    assert said[0].startswith(
        f"Another iamsql process has locked the runs folder {tmp_path} for 0.05 seconds.\nTry again"
    )
    assert said[1:] == ["got it"]


def test_it_is_free_again_after_an_error_inside(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), folder_lock(tmp_path):
        print(1 / 0)
    with folder_lock(tmp_path, wait=0):
        assert (tmp_path / ".lock").is_file()


def test_a_holder_that_is_killed_lets_go_of_it(tmp_path: Path) -> None:
    with beside(HOLDS, tmp_path) as holder:
        with pytest.raises(IamsqlError, match="Another iamsql"), folder_lock(tmp_path, wait=0.05):
            pass
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        with folder_lock(tmp_path, wait=5):
            assert holder.returncode == -signal.SIGKILL


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_there_can_be_no_lock_that_is_said(tmp_path: Path, code: int) -> None:
    place = "os.open" if code in (errno.EROFS, errno.EACCES) else "fcntl.flock"
    refusal = OSError(code, os.strerror(code), str(tmp_path / ".lock"))
    with (
        patch(place, side_effect=refusal),
        pytest.raises(IamsqlError, match="cannot be locked") as caught,
        folder_lock(tmp_path, wait=0.05),
    ):
        pass
    assert str(tmp_path) in str(caught.value) and "--runs DIR" in str(caught.value)
    assert not [path for path in tmp_path.iterdir() if path.name != ".lock"]


def test_a_folder_in_the_place_of_the_lock_is_said(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(IamsqlError, match="cannot be locked: Is a directory"), folder_lock(tmp_path, wait=0.05):
        pass


def test_tells_a_file_that_is_written_from_all_others(tmp_path: Path) -> None:
    run, damaged = put(tmp_path, 1), tmp_path / "damaged.duckdb"
    damaged.write_bytes(run.read_bytes()[:9000])
    with beside(READS, run):
        assert not is_being_written(run)
    with beside(WRITES, run):
        assert is_being_written(run)
    assert not any(map(is_being_written, (run, damaged, tmp_path, tmp_path / "none.duckdb")))
