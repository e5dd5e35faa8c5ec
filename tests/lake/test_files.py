"""The entry of a file in the manifest, how a file differs from it, and downloads of limited size."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from iamsql.lake.files import (
    BoundedStream,
    ChangedFileError,
    FileTooLargeError,
    MissingFileError,
    difference,
    lake_file,
)
from iamsql.lake.model import LakeFile

DIGEST = hashlib.sha256(b"abc").hexdigest()


def test_a_file_and_its_bytes_have_the_same_entry(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    entry = LakeFile("runs/r/a.json", 3, DIGEST, 7)
    assert lake_file(tmp_path / "f", "runs/r/a.json", 7) == lake_file(b"abc", "runs/r/a.json", 7) == entry
    assert difference(tmp_path / "f", entry) == difference(b"abc", entry) == ""
    assert difference(b"abcd", entry) == "it has 4 bytes instead of 3"
    assert difference(b"abd", entry) == "its SHA-256 differs"


def test_a_download_ends_at_its_largest_size_and_can_begin_again() -> None:
    content = io.BytesIO()
    stream = BoundedStream(content, 4)
    stream.write(b"abc")
    stream.seek(0)
    stream.truncate()
    stream.write(b"wxyz")
    with pytest.raises(FileTooLargeError, match="it has more than 4 bytes"):
        stream.write(b"!")
    assert content.getvalue() == b"wxyz"


def test_errors_name_the_lake_and_the_file() -> None:
    assert str(MissingFileError("l", "a")).splitlines()[0] == "The lake l has no file a."
    error = ChangedFileError("l", "a", "its SHA-256 differs")
    assert error.reason == "its SHA-256 differs" and str(error).startswith("a of the lake l was changed: its SHA-256")
