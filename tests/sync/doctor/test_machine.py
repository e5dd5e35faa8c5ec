"""The checks of this machine: configuration file, runs folder, disk space, temporary files."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from iamsql.sync.doctor import machine
from iamsql.sync.doctor.model import Row, Rows, State
from tests.sync.doctor.conftest import options


def only(check: Callable[[State], Awaitable[Rows]], runs: Path) -> Row:
    """Return the only row of a check."""

    async def run() -> Rows:
        return await check(State(options(runs)))

    [row] = asyncio.run(run())
    return row


@pytest.mark.slow
def test_a_misspelt_key_of_the_configuration_is_named(environment: Path, tmp_path: Path) -> None:
    assert only(machine.configuration, tmp_path).status == "ok"
    file = environment / "iamsql.toml"
    file.write_text("[arg.stale_keys]\ndays = 45\n")
    row = only(machine.configuration, tmp_path)
    assert row.status == "failed"
    assert "arg: unknown key; did you mean args?" in row.detail
    assert row.remediation
    file.write_text("[args.stale_keys]\ndayz = 45\n")
    assert "no such parameter" in only(machine.configuration, tmp_path).detail
    file.write_text('mutes = ["no-such-file.csv"]\n[args.stale_keys]\ndays = 45\n')
    assert "no-such-file.csv" in only(machine.configuration, tmp_path).detail
    file.write_text("[args.stale_keys]\ndays = 45\n")
    assert (
        only(machine.configuration, tmp_path).detail
        == "iamsql.toml: parameter values of 1 queries, 0 suppression files"
    )


def test_the_runs_folder_is_private_writable_and_can_be_locked(tmp_path: Path) -> None:
    runs = tmp_path / "new" / "runs"
    assert "the first sync creates it" in only(machine.runs_folder, runs).detail
    assert not runs.parent.exists()
    runs.mkdir(parents=True, mode=0o700)
    assert only(machine.runs_folder, runs).detail == f"{runs}: 0 finished runs"
    runs.chmod(0o777)
    row = only(machine.runs_folder, runs)
    assert (row.status, row.remediation) == (
        "failed",
        f"Remove the permission with: chmod o-w {shlex.quote(str(runs))}; or name another folder with --runs DIR.",
    )
    file = tmp_path / "file"
    file.write_text("")
    assert only(machine.runs_folder, file).detail == f"{file} is not a folder."
    assert "cannot be created in" in only(machine.runs_folder, file / "runs").detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write every folder")
def test_a_folder_without_permissions_is_named(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir(mode=0o500)
    assert "chmod u+rwx" in only(machine.runs_folder, runs).remediation


@pytest.mark.slow
def test_the_free_space_is_compared_with_the_last_run(
    demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, runs = demo_run.stat().st_size, demo_run.parent

    def with_free(free: int) -> Row:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
        return only(machine.disk_space, runs)

    monkeypatch.setattr(machine, "LEAST_SPACE", 0)
    assert [with_free(free).status for free in (size - 1, 2 * size, 3 * size)] == ["failed", "warning", "ok"]
    assert "iamsql runs prune" in with_free(0).remediation
    assert with_free(5_500_000_000).detail.startswith("5.5 GB are free in ")
    state = State(options(runs))
    asyncio.run(machine.disk_space(state))  # type: ignore[arg-type]
    assert state.expected_seconds is not None, "the duration of the last run is the expected one"


def test_a_temporary_file_must_be_possible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(machine.temporary_folder, tmp_path).status == "ok"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    row = only(machine.temporary_folder, tmp_path)
    assert (row.status, "TMPDIR" in row.remediation) == ("failed", True)
