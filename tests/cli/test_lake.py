"""`iamsql lake`: options, output and exit codes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.lake.manifest import read_manifest
from iamsql.lake.open_storage import open_storage
from tests.lake.lakes import ORG, OTHER, new_lake, run_id


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Return a lake in a folder."""
    new_lake(open_storage(str(tmp_path / "lake")))
    return tmp_path / "lake"


def iamsql(*args: str | Path) -> Result:
    """Run `iamsql lake`."""
    return CliRunner().invoke(main, ["lake", *map(str, args)])


def rows(*args: str | Path) -> list[dict[str, str]]:
    """Return the rows that a command prints as CSV."""
    return list(csv.DictReader(iamsql(*args, "-o", "csv").stdout.splitlines()))


def test_list(lake: Path) -> None:
    assert [row["run"] for row in rows("list", "--lake", lake)] == [run_id(3), run_id(2), run_id(1), run_id(1)]
    assert [row["organization"] for row in rows("list", "--lake", lake, "--organization", OTHER)] == [OTHER]
    assert [row["files"] for row in rows("list", "--lake", lake, "--events")] == ["1", "6"]
    assert f"Events of {ORG}: 3 days from 2026-03-01 to 2026-03-03" in iamsql("list", "--lake", lake).stderr


def test_verify_exits_with_1_if_a_file_was_changed(lake: Path) -> None:
    assert iamsql("verify", "--lake", lake).exit_code == 0
    changed = next(lake.rglob("events/**/*.parquet"))
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    result = iamsql("verify", "--lake", lake)
    assert result.exit_code == 1 and "its SHA-256 differs" in result.stdout
    assert iamsql("verify", "--lake", lake, "--sizes-only").exit_code == 0


def test_compact_and_prune(lake: Path) -> None:
    assert [row["files"] for row in rows("compact", "--lake", lake)] == ["4"]
    assert "No day has several files of events." in iamsql("compact", "--lake", lake).stderr
    dry = iamsql("prune", "--lake", lake, "--keep", "1", "--dry-run")
    assert "2 runs and 0 files of events would be removed" in dry.stderr
    pruned = iamsql("prune", "--lake", lake, "--keep", "1", "--grace", "0d")
    assert "Removed 2 runs and 0 files of events from the manifest, and deleted" in pruned.stderr
    assert len(read_manifest(open_storage(str(lake))).runs) == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["list"], "Missing option '--lake'"),
        (["list", "--lake", "gs://x"], "A lake is a folder or s3://BUCKET/PREFIX"),
        (["list", "--lake", "no-such-folder"], "There is no lake in no-such-folder."),
        (["prune", "--lake", "x", "--older-than", "3"], "'3' is not an age"),
        (["prune", "--lake", "x", "--grace", "-1d"], "'-1d' is not an age"),
    ],
)
def test_errors(args: list[str], message: str) -> None:
    result = iamsql(*args)
    assert result.exit_code == 2 and message in result.stderr


def test_the_lake_of_the_environment(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAMSQL_LAKE", str(lake))
    assert len(rows("list")) == 4
