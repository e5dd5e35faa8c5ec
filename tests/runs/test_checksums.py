"""SHA256SUMS has the digest of each finished run in the format of GNU coreutils, and keeps lines of other files."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.checksums import SUMS_FILE, entry, read_digests, record, update_digests
from iamsql.runs.prune import Limits, prune
from iamsql.runs.store.run_schema import RUNNING
from tests.runs.run_folders import NOW, add_run, id_of

NAMES = ("plain.duckdb", "with space.duckdb", "back\\slash.duckdb", "line\nend.duckdb", "ünï.duckdb", " *x.duckdb")
FEW = ("--demo", "--table", "aws_iam_user", "--account", "777788889999")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sums(folder: Path) -> list[str]:
    return (folder / SUMS_FILE).read_text().splitlines()


def stderr_of(*args: str | Path) -> list[str]:
    """Run a command that succeeds; return its lines on stderr."""
    result = CliRunner().invoke(main, [*map(str, args)])
    assert result.exit_code == 0, result.stderr
    return result.stderr.splitlines()


@pytest.mark.slow
def test_a_sync_prints_the_digest_and_writes_it_next_to_the_run(tmp_path: Path) -> None:
    lines = stderr_of("sync", *FEW, "--runs", tmp_path)
    [run] = tmp_path.glob("*.duckdb")
    assert lines[lines.index(f"Run file: {run}") + 1] == f"SHA-256: {digest(run)}"
    assert sums(tmp_path) == [f"{digest(run)}  {run.name}"]
    assert stat.S_IMODE((tmp_path / SUMS_FILE).stat().st_mode) == 0o600
    assert stderr_of("sync", *FEW, "--runs", tmp_path, "--quiet") == []
    assert read_digests(tmp_path) == {path.name: {digest(path)} for path in tmp_path.glob("*.duckdb")}
    assert len(sums(tmp_path)) == 2
    assert {path.name.rpartition(".")[2] for path in tmp_path.iterdir()} == {"duckdb", "lock", SUMS_FILE}


@pytest.mark.slow
def test_an_import_prints_and_writes_the_digest(tmp_path: Path) -> None:
    user = {"UserName": "ana", "UserId": "AIDA1", "Path": "/", "Arn": "arn:aws:iam::123456789012:user/ana"}
    (tmp_path / "users.json").write_text(json.dumps({"Users": [user]}))
    lines = stderr_of("import", tmp_path / "users.json", "--runs", tmp_path / "runs")
    [run] = (tmp_path / "runs").glob("*.duckdb")
    assert lines[-1] == f"SHA-256: {digest(run)}"
    assert sums(tmp_path / "runs") == [f"{digest(run)}  {run.name}"]


@pytest.mark.slow
def test_a_resumed_run_is_listed_when_it_is_finished(tmp_path: Path) -> None:
    stderr_of("sync", *FEW[:3], "--max-calls", "60", "--runs", tmp_path)
    [cut] = tmp_path.glob("*.duckdb")
    before = sums(tmp_path)
    stderr_of("sync", "--demo", "--resume", "--runs", tmp_path)
    assert set(before) < set(sums(tmp_path))
    assert read_digests(tmp_path) == {path.name: {digest(path)} for path in tmp_path.glob("*.duckdb")}
    assert cut.name in read_digests(tmp_path)


@pytest.mark.slow
def test_a_finished_partial_file_is_listed_when_it_is_renamed(tmp_path: Path) -> None:
    stderr_of("sync", *FEW, "--runs", tmp_path)
    [run] = tmp_path.glob("*.duckdb")
    (tmp_path / SUMS_FILE).unlink()
    with duckdb.connect(str(run), read_only=True) as con:
        assert con.execute("select status from iamsql.run").fetchall() != [(RUNNING,)]
    run.rename(f"{run}.partial")
    lines = stderr_of("sync", "--demo", "--resume", "--runs", tmp_path)
    assert lines[-1] == f"SHA-256: {digest(run)}"
    assert read_digests(tmp_path) == {run.name: {digest(run)}}


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="GNU coreutils are not installed")
def test_the_file_is_read_by_sha256sum(tmp_path: Path) -> None:
    for number, file in enumerate(NAMES):
        (tmp_path / file).write_bytes(b"%d" % number)
        record(tmp_path / file)
    written = subprocess.run(["sha256sum", "--", *NAMES], cwd=tmp_path, capture_output=True, check=True).stdout
    assert (tmp_path / SUMS_FILE).read_bytes() == written
    assert read_digests(tmp_path) == {file: {digest(tmp_path / file)} for file in NAMES}
    check = ["sha256sum", "--check", "--strict", SUMS_FILE]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / NAMES[2]).write_bytes(b"changed")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 1


@pytest.mark.parametrize("file", [*NAMES, "carriage\rreturn", "\udcff.duckdb"])
def test_each_name_is_read_as_it_was_written(tmp_path: Path, file: str) -> None:
    update_digests(tmp_path, {file: "0" * 64, "other": "1" * 64})
    update_digests(tmp_path, {file: "a" * 64})
    assert read_digests(tmp_path) == {file: {"a" * 64}, "other": {"1" * 64}}


def test_lines_of_other_files_stay_and_an_entry_is_replaced(tmp_path: Path) -> None:
    lines = ["# a comment", f"{'B' * 64} *binary", f"{'c' * 64}  run", "sha", f"{'d' * 64}  run"]
    (tmp_path / SUMS_FILE).write_text("\n".join(lines))
    assert read_digests(tmp_path) == {"binary": {"b" * 64}, "run": {"c" * 64, "d" * 64}}
    update_digests(tmp_path, {"run": "e" * 64})
    assert sums(tmp_path) == [*lines[:2], "sha", entry("run", "e" * 64)]


def test_syncs_that_end_at_once_are_all_listed(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.duckdb" for number in range(12)]
    for path in paths:
        path.write_text(path.name)
    with ThreadPoolExecutor(len(paths)) as threads:
        results = list(threads.map(record, paths))
    assert results == [[f"SHA-256: {digest(path)}"] for path in paths]
    assert read_digests(tmp_path) == {path.name: {digest(path)} for path in paths}


@pytest.mark.parametrize("kind", ["link", "folder", "device", "large"])
def test_a_file_that_is_not_a_list_is_neither_read_nor_changed(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_file, runs = tmp_path / "mine.txt", tmp_path / "runs"
    own_file.write_text("mine\n")
    runs.mkdir()
    at = runs / SUMS_FILE
    if kind == "link":
        at.symlink_to(own_file)
    elif kind == "folder":
        at.mkdir()
    elif kind == "device":
        at.symlink_to("/dev/zero")
    else:
        monkeypatch.setattr("iamsql.runs.checksums.MAX_BYTES", 10)
        at.write_text("0" * 11)
    run = runs / "run.duckdb"
    run.write_bytes(b"run")
    with pytest.raises(IamsqlError, match=SUMS_FILE):
        read_digests(runs)
    lines = record(run)
    assert lines[0] == f"SHA-256: {digest(run)}" and f"{SUMS_FILE} does not list this run: " in lines[1]
    assert own_file.read_text() == "mine\n"


@pytest.mark.slow
def test_a_sync_finishes_when_the_list_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / SUMS_FILE).mkdir()
    lines = stderr_of("sync", *FEW, "--runs", tmp_path)
    [run] = tmp_path.glob("*.duckdb")
    assert f"SHA-256: {digest(run)}" in lines
    assert [line for line in lines if line.startswith(f"{SUMS_FILE} does not list this run: ")]


@pytest.mark.slow
def test_prune_removes_only_the_lines_of_deleted_runs(tmp_path: Path) -> None:
    new, old, older = (add_run(tmp_path, days) for days in (1, 10, 100))
    for path in (new, old, older):
        record(path)
    (tmp_path / f"{old.name}.sig").write_text("signature")
    older.unlink()  # by somebody else: SHA256SUMS goes on to say that it was there
    assert prune(tmp_path, Limits(1), now=NOW).lines()[-1].startswith("1 run of")
    assert read_digests(tmp_path).keys() == {new.name, old.name, older.name}
    prune(tmp_path, Limits(1), yes=True, now=NOW)
    assert read_digests(tmp_path).keys() == {new.name, older.name}
    assert sorted(path.name for path in tmp_path.glob("2*")) == [f"{id_of(1)}.duckdb"]


@pytest.mark.slow
def test_prune_reports_that_the_list_cannot_be_written(tmp_path: Path) -> None:
    for days in (1, 10):
        add_run(tmp_path, days)
    (tmp_path / SUMS_FILE).mkdir()
    command = ["runs", "prune", "--keep", "1", "--yes", "--runs", str(tmp_path)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2 and f"Cannot read {tmp_path / SUMS_FILE}" in result.stderr.replace("\n", "")
    assert "Deleted 1 run." in result.stderr
