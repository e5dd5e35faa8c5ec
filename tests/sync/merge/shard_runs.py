"""Shards of the sample organization, and the run that one sync makes of it: each built once, for every test that reads it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.fake_aws import ORG_TRAIL
from tests.fixtures import built_once
from tests.sync.syncs import run_sync

TOTAL = 2
SOURCES = (Path(__file__), Path(__file__).parents[1] / "syncs.py")
OPTIONS: dict[str, Any] = {"trail": ORG_TRAIL, "typed": True}


def _sync(folder: Path) -> None:
    run_sync(folder, **OPTIONS)


def _sync_shards(folder: Path) -> None:
    for number in range(1, TOTAL + 1):
        run_sync(folder, shard=f"{number}/{TOTAL}", **OPTIONS)


def complete_run() -> Path:
    """Return the run of a sync that reads all accounts."""
    [path] = built_once("complete", _sync, *SOURCES).glob("*.duckdb")
    return path


def copied_shards(runs: Path) -> list[Path]:
    """Copy the shards to a runs folder; return their paths, by their numbers."""
    runs.mkdir(exist_ok=True, mode=0o700)
    shards = built_once("shards", _sync_shards, *SOURCES)
    paths = sorted(shards.glob("*.duckdb"), key=lambda path: path.name.partition("-shard-")[2])
    return [Path(shutil.copy(path, runs)) for path in paths]
