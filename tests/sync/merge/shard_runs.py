"""Shards of the sample organization, and the run that one sync makes of it: built once, for every test that reads them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.fake_aws import ORG_TRAIL
from tests.fixtures import built_once
from tests.sync.syncs import run_sync

TOTAL = 2
OPTIONS: dict[str, Any] = {"trail": ORG_TRAIL, "typed": True}


def _build(folder: Path) -> None:
    run_sync(folder / "complete", **OPTIONS)
    for number in range(1, TOTAL + 1):
        run_sync(folder / "shards", shard=f"{number}/{TOTAL}", **OPTIONS)


def complete_run() -> Path:
    """Return the run of a sync that reads all accounts."""
    [path] = (_folder() / "complete").glob("*.duckdb")
    return path


def copied_shards(runs: Path) -> list[Path]:
    """Copy the shards to a runs folder; return their paths, by their numbers."""
    runs.mkdir(exist_ok=True, mode=0o700)
    paths = sorted((_folder() / "shards").glob("*.duckdb"), key=lambda path: path.name.partition("-shard-")[2])
    return [Path(shutil.copy(path, runs)) for path in paths]


def _folder() -> Path:
    return built_once("shards", _build, Path(__file__), Path(__file__).parents[1] / "syncs.py")
