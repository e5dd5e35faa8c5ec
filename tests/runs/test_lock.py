"""The lock of a runs folder has one holder, is released when its process ends, and reports where it cannot be taken."""

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
from iamsql.runs.store.open_errors import is_being_written
from tests.runs.run_folders import LOCKS, READS, WRITES, add_run, running


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_the_lock_are_created_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "runs"
    with folder_lock(folder):
        assert mode(folder) == 0o700
        assert mode(folder / ".lock") == 0o600


def test_a_second_holder_waits_with_a_message(tmp_path: Path) -> None:
    messages: list[str] = []

    def second() -> None:
        try:
            with folder_lock(tmp_path, wait=0.05):
                messages.append("got it")
        except IamsqlError as error:
            messages.append(str(error))

    with folder_lock(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join()
    second()
    assert messages[0].startswith(
        f"Another iamsql process has locked the runs folder {tmp_path} for 0.05 seconds.\nTry again"
    )
    assert messages[1:] == ["got it"]


def test_the_lock_is_released_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), folder_lock(tmp_path):
        print(1 / 0)
    with folder_lock(tmp_path, wait=0):
        assert (tmp_path / ".lock").is_file()


def test_the_lock_of_a_killed_process_is_released(tmp_path: Path) -> None:
    with running(LOCKS, tmp_path) as holder:
        with pytest.raises(IamsqlError, match="Another iamsql"), folder_lock(tmp_path, wait=0.05):
            pass
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        with folder_lock(tmp_path, wait=5):
            assert holder.returncode == -signal.SIGKILL


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_folder_that_cannot_be_locked_is_an_error(tmp_path: Path, code: int) -> None:
    function = "os.open" if code in (errno.EROFS, errno.EACCES) else "fcntl.flock"
    refusal = OSError(code, os.strerror(code), str(tmp_path / ".lock"))
    with (
        patch(function, side_effect=refusal),
        pytest.raises(IamsqlError, match="cannot be locked") as caught,
        folder_lock(tmp_path, wait=0.05),
    ):
        pass
    assert str(tmp_path) in str(caught.value) and "--runs DIR" in str(caught.value)
    assert not [path for path in tmp_path.iterdir() if path.name != ".lock"]


def test_a_folder_instead_of_the_lock_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(IamsqlError, match="cannot be locked: Is a directory"), folder_lock(tmp_path, wait=0.05):
        pass


@pytest.mark.slow
def test_a_file_that_is_being_written_is_recognized(tmp_path: Path) -> None:
    run, damaged = add_run(tmp_path, 1), tmp_path / "damaged.duckdb"
    damaged.write_bytes(run.read_bytes()[:9000])
    with running(READS, run):
        assert not is_being_written(run)
    with running(WRITES, run):
        assert is_being_written(run)
    assert not any(map(is_being_written, (run, damaged, tmp_path, tmp_path / "none.duckdb")))
