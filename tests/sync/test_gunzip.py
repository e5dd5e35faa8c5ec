"""Chunks of gzip files: limits of size, several members, and damaged files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from iamsql.sync import gunzip
from iamsql.sync.gunzip import StreamError, read_chunks


def test_the_bytes_are_counted_whatever_the_gzip_trailer_claims(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(10_000_000))[:-4] + (100).to_bytes(4, "little"))
    with pytest.raises(StreamError, match="more than 4 MiB"):
        list(read_chunks(path, 4 * 2**20))
    with pytest.raises(StreamError, match="damaged"):
        list(read_chunks(path, 20_000_000))


def test_several_gzip_members_and_trailing_zeros_are_read_in_small_chunks(tmp_path: Path) -> None:
    path = tmp_path / "members.gz"
    path.write_bytes((gzip.compress(bytes(3_000_000)) + gzip.compress(b"") * 3 + bytes(100_000)) * 2)
    chunks = list(read_chunks(path, 10_000_000))
    assert sum(map(len, chunks)) == 6_000_000 and max(map(len, chunks)) <= gunzip.CHUNK
    path.write_bytes(gzip.compress(b"a") + b"garbage")
    with pytest.raises(StreamError, match="damaged"):
        list(read_chunks(path, 100))
