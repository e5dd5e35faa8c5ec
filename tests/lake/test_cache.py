"""The cache of files in S3: the least recently used files are deleted first, and files in use never."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from iamsql.lake.cache import RECENT_SECONDS, Cache
from iamsql.lake.files import Stream, lake_file
from iamsql.lake.model import LakeFile
from iamsql.model import IamsqlError

CONTENTS = [bytes([number]) * 100 for number in range(4)]
FILES = [lake_file(content, "x") for content in CONTENTS]


def filled(folder: Path, largest: int) -> tuple[Cache, list[Path]]:
    """Return a cache with the files. The first file was not used for the longest time."""
    cache = Cache(folder, largest)
    paths = []
    for number, (file, content) in enumerate(zip(FILES, CONTENTS, strict=True)):
        assert cache.store(file, lambda stream, content=content: stream.write(content)) == ""
        path = cache.find(file)
        assert path is not None
        used_at = time.time() - 2 * RECENT_SECONDS + number
        os.utime(path, (used_at, used_at))
        paths.append(path)
    return cache, paths


def test_the_least_recently_used_files_beyond_the_limit_are_deleted(tmp_path: Path) -> None:
    cache, paths = filled(tmp_path, 250)
    cache.evict([])
    assert [path.exists() for path in paths] == [False, False, True, True]


def test_a_file_in_use_or_used_recently_stays(tmp_path: Path) -> None:
    cache, paths = filled(tmp_path, 0)
    assert cache.find(FILES[1]) == paths[1]
    cache.evict([paths[0]])
    assert [path.exists() for path in paths] == [True, True, False, False]


def test_a_truncated_copy_and_another_size_are_not_used(tmp_path: Path) -> None:
    cache, paths = filled(tmp_path, 1000)
    paths[0].write_bytes(b"x")
    assert cache.find(FILES[0]) is None
    assert cache.find(LakeFile("x", 7, FILES[1].sha256)) is None


def test_an_interrupted_download_leaves_no_file(tmp_path: Path) -> None:
    def stop(stream: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Cache(tmp_path).store(FILES[0], stop)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    def fill(stream: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(IamsqlError, match=r"No space left on device\.\nFree disk space, or set XDG_CACHE_HOME"):
        Cache(tmp_path).store(FILES[0], fill)


def test_a_copy_with_another_content_is_not_used(tmp_path: Path) -> None:
    _, paths = filled(tmp_path, 1000)
    paths[0].write_bytes(b"?" * FILES[0].size)
    paths[1].unlink()
    paths[1].symlink_to(paths[2])
    later = Cache(tmp_path)
    assert [later.find(file) for file in FILES] == [None, None, *paths[2:]]
    assert later.store(FILES[0], lambda stream: stream.write(CONTENTS[0])) == ""
    assert later.find(FILES[0]) == paths[0]


def test_a_copy_is_compared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, 1000)
    cache, compared = Cache(tmp_path), list[Path]()
    monkeypatch.setattr("iamsql.lake.cache.difference", lambda path, file: compared.append(path) or "")
    paths = [cache.find(file) for file in (*FILES, *FILES)]
    assert compared == paths[:4] == paths[4:]


def test_a_download_stops_at_the_size_of_the_manifest(tmp_path: Path) -> None:
    written = []

    def download(stream: Stream) -> None:
        for _ in range(10**6):
            written.append(stream.write(b"x" * 60))

    assert Cache(tmp_path).store(FILES[0], download) == "it has more than 100 bytes"
    assert len(written) == 1 and list(tmp_path.iterdir()) == []
