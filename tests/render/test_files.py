"""Files are private, and written completely or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from iamsql import render
from iamsql.model import IamsqlError, Result
from tests.render.formatting import TYPED


def test_an_exported_file_is_private_and_replaces_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out.dat"
    path.write_text("old")
    path.chmod(0o644)
    render.export(Result(("a",), [("=x",)]), path, "csv")
    assert path.read_bytes() == b"a\r\n=x\r\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [at.name for at in tmp_path.iterdir()] == ["out.dat"]


def test_an_export_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    render.export(TYPED, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").is_file()


def test_a_failed_export_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def rows() -> Iterator[tuple[int]]:
        yield (1,)
        raise OSError(28, "No space left on device")

    with pytest.raises(IamsqlError, match=r"cannot write .*out.csv: No space left on device"):
        render.export(Result(("a",), cast("list[tuple[int]]", rows())), path)
    assert [at.name for at in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "old"
