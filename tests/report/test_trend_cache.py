"""The files of the cache: what their names depend on, and what happens to a broken one."""

from __future__ import annotations

import json
import os
import time
from datetime import date
from pathlib import Path

import pytest

from iamsql.catalog import Config
from iamsql.check.mutes import Mute
from iamsql.check.selection import Selection, load_catalog, select_controls
from iamsql.report import trend_cache
from iamsql.report.contents import NUMBER_KEYS
from iamsql.report.trend_cache import NumberCache, number_cache
from iamsql.runs.checksums import update_digests
from iamsql.runs.directory import RunFile, run_file

VALUES = {**dict.fromkeys(NUMBER_KEYS, 3), "users": None}


@pytest.fixture
def run(tmp_path: Path) -> RunFile:
    """Return a file with the name of a run."""
    path = tmp_path / "20260301T120000Z-o-1.duckdb"
    path.write_bytes(b"run")
    return run_at(path)


@pytest.fixture
def cache(tmp_path: Path) -> NumberCache:
    """Return an empty cache."""
    return NumberCache(tmp_path / "cache", "basis")


def run_at(path: Path) -> RunFile:
    """Return the run file of a path."""
    run = run_file(path)
    assert run
    return run


def stored_file(cache: NumberCache) -> Path:
    """Return the only file of a cache."""
    (path,) = cache.folder.iterdir()
    return path


def selected(*args: str) -> Selection:
    """Return a control with values of its parameters."""
    values = dict(arg.split("=") for arg in args)
    return select_controls(load_catalog(), ["access_key_rotated"], severity="none", args=values, settings=Config())


def test_the_numbers_are_read_back(cache: NumberCache, run: RunFile) -> None:
    assert cache.load(run) is None
    cache.store(run, VALUES)
    assert cache.load(run) == VALUES
    assert NumberCache(cache.folder, "other").load(run) is None


def test_only_the_user_can_read_the_cache(cache: NumberCache, run: RunFile) -> None:
    cache.store(run, VALUES)
    assert (cache.folder.stat().st_mode & 0o777, stored_file(cache).stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "[" * 9_000, json.dumps({"numbers": {**VALUES, "users": "<script>"}}),
        json.dumps({"numbers": {**VALUES, "users": True}}), json.dumps({"numbers": {**VALUES, "users": -1}}),
        json.dumps({"numbers": {"users": 1}}), json.dumps({"numbers": VALUES | {"more": 1}}),
        json.dumps({"numbers": VALUES, "padding": "x" * 10_000}),
    ],
)  # fmt: skip
def test_a_broken_file_is_ignored_and_written_again(cache: NumberCache, run: RunFile, text: str) -> None:
    cache.store(run, VALUES)
    stored_file(cache).write_text(text)
    assert cache.load(run) is None
    cache.store(run, VALUES)
    assert cache.load(run) == VALUES


def test_a_cache_that_cannot_be_written_is_ignored(tmp_path: Path, run: RunFile) -> None:
    (tmp_path / "file").write_text("")
    cache = NumberCache(tmp_path / "file" / "cache", "basis")
    cache.store(run, VALUES)
    assert cache.load(run) is None


def test_a_run_with_a_recorded_digest_keeps_its_numbers_when_it_is_copied(cache: NumberCache, run: RunFile) -> None:
    update_digests(run.path.parent, {run.path.name: "a" * 64})
    cache.store(run, VALUES)
    os.utime(run.path, (0, 0))
    assert cache.load(run_at(run.path)) == VALUES
    update_digests(run.path.parent, {run.path.name: "b" * 64})
    assert cache.load(run) is None


def test_a_run_without_a_digest_is_identified_by_its_time(cache: NumberCache, run: RunFile) -> None:
    cache.store(run, VALUES)
    os.utime(run.path, (0, 0))
    assert cache.load(run_at(run.path)) is None


def test_unused_files_are_deleted(cache: NumberCache, run: RunFile) -> None:
    cache.store(run, VALUES)
    unused = cache.folder / "unused.json"
    unused.write_text("{}")
    os.utime(unused, (0, time.time() - trend_cache.MAX_UNUSED_SECONDS - 1))
    cache.store(run, VALUES)
    assert not unused.exists()
    assert cache.load(run) == VALUES


@pytest.mark.slow
def test_the_basis_depends_on_controls_values_and_suppressions() -> None:
    day = date(2026, 4, 1)
    mute = Mute("mutes.csv:2", "*", "111111111111", "*:user/a", "Ana", "Accepted", day)
    other = Mute("mutes.csv:9", "*", "111111111111", "*:user/a", "Ana", "Accepted", day)
    later = Mute("mutes.csv:2", "*", "111111111111", "*:user/a", "Ana", "Accepted", day.replace(day=2))
    bases = [
        number_cache(selection, mutes, []).basis
        for selection, mutes in [
            (selected(), []), (selected("days=30"), []), (selected(), [mute]), (selected(), [other]), (selected(), [later]),
        ]
    ]  # fmt: skip
    assert bases[2] == bases[3]  # the position of a mute in a file changes nothing
    assert len({*bases}) == 4
    assert bases[0] == number_cache(selected("days=90"), [], []).basis
