"""New files and folders are private, and follow no link."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.render.files import make_private
from iamsql.runs import private_files as private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_its_parents_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700
    (tmp_path / "a").chmod(0o755)
    make_private(tmp_path / "a")
    assert mode(tmp_path / "a") == 0o755


def test_a_folder_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "it's").mkdir()
    private.require_private(tmp_path / "it's")
    private.require_private(tmp_path / "none")
    (tmp_path / "it's").chmod(0o777)
    assert private.is_open_to_all(tmp_path / "it's")
    with pytest.raises(IamsqlError, match="Remove the permission with: chmod o-w '"):
        private.require_private(tmp_path / "it's")


def test_a_path_is_free_if_neither_it_nor_a_file_next_to_it_exists(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert private.is_free(path)
    private.require_free(path)
    (tmp_path / "x.spool").symlink_to("nowhere")
    assert not private.is_free(path)
    private.require_free(path)
    for name in ("x.tmp", "x.wal", "x"):
        (tmp_path / name).symlink_to("nowhere")
        with pytest.raises(FileExistsError):
            private.require_free(path)
        (tmp_path / name).unlink()


def test_a_copy_is_new_private_and_has_its_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert private.copy_new(tmp_path / "a", tmp_path / "b") == hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert mode(tmp_path / "b") == 0o600 and (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("b", "link"):
        with pytest.raises(FileExistsError):
            private.copy_new(tmp_path / "a", tmp_path / name)
    assert not (tmp_path / "target").exists()


def test_a_folder_of_the_user_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "old").touch()
    assert list(private.new_folder(tmp_path / "f").iterdir()) == [] and mode(tmp_path / "f") == 0o700
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "f")
    for name in ("file", "link", "none/x"):
        with pytest.raises(IamsqlError, match=r"Cannot create .*\nDelete it, or name another folder"):
            private.new_folder(tmp_path / name)
