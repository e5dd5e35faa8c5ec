"""Check this machine: the configuration file, the versions, the runs folder, the space and the folder for temporary files."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from iamsql import catalog
from iamsql.catalog.settings.file import CONFIG_FILE_NAME
from iamsql.catalog.settings.read import read_configuration
from iamsql.model import IamsqlError
from iamsql.runs.directory import RunFile, list_runs
from iamsql.runs.file.template import template
from iamsql.runs.lock import folder_lock
from iamsql.runs.private_files import require_private, shared_with
from iamsql.runs.store.reader import open_run
from iamsql.sync.doctor.model import Row, Rows, State, error_row, failed_row, ok, warning

PYTHON = (3, 11)  # requires-python in pyproject.toml
DUCKDB = "2."  # the major version that pyproject.toml requires
LOCK_SECONDS = 2.0
COPIES = 3  # a sync needs about the space of the last run; DuckDB may write as much again when it finishes the file
LEAST_SPACE = 200 * 2**20  # bytes for a first run
LEAST_TEMPORARY = 50 * 2**20


async def configuration(state: State) -> Rows:
    """Read iamsql.toml as the other commands do."""
    check, path = "configuration", state.options.config
    try:
        read_configuration(path)  # the options of commands; then the values of queries, and the suppressions
        config = catalog.read_catalog(catalog.folders()).read_config(path)
    except IamsqlError as error:
        return [
            error_row(check, error, f"Correct {path or CONFIG_FILE_NAME}, or name another file with --config FILE.")
        ]
    if not config.path:
        return [ok(check, f"There is no {CONFIG_FILE_NAME} in the working folder; the defaults apply.")]
    if missing_files := [str(file) for file in config.mute_files if not file.is_file()]:
        step = f"Correct `mutes` in {config.path}."
        return [failed_row(check, f"{config.path}: mutes names a file that does not exist: {missing_files[0]}", step)]
    counts = f"parameter values of {len(config.args)} queries, {len(config.mute_files)} suppression files"
    counts += f", {len(config.mutes)} suppressions" if config.mutes else ""
    return [ok(check, f"{config.path}: {counts}")]


async def versions(_state: State) -> Rows:
    """Compare the versions of Python and DuckDB, and check the template of run files."""
    check, python, duckdb = "versions", platform.python_version(), _installed_version("duckdb")
    installed = (
        f"iamsql {_installed_version('iamsql')}, Python {python}, DuckDB {duckdb}, boto3 {_installed_version('boto3')}"
    )
    if sys.version_info < PYTHON:
        return [failed_row(check, installed, "Install Python 3.11 or later, and iamsql with it.")]
    if not duckdb.startswith(DUCKDB):
        return [
            failed_row(check, installed, "Install a version of DuckDB that iamsql supports: pip install 'duckdb>=2,<3'")
        ]
    try:
        template()
    except (IamsqlError, OSError) as error:
        step = "Install iamsql again from a checkout or a wheel."
        return [failed_row(check, f"The template of run files cannot be used: {str(error).splitlines()[0]}", step)]
    return [ok(check, installed)]


def _installed_version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return version(package)
    return "unknown"


async def runs_folder(state: State) -> Rows:
    """Check that a sync can create files in the runs folder, that others cannot replace them, and that it can be locked."""
    check, folder = "runs folder", state.options.sync.runs
    if not folder.exists():
        parent = _existing_ancestor(folder)
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            detail = f"The runs folder {folder} does not exist and cannot be created in {parent}."
            return [failed_row(check, detail, "Name another folder with --runs DIR, or in IAMSQL_RUNS.")]
        return [ok(check, f"{folder} does not exist yet; the first sync creates it.")]
    if not folder.is_dir():
        detail = f"{folder} is not a folder."
        return [failed_row(check, detail, "Name another folder with --runs DIR, or in IAMSQL_RUNS.")]
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        step = f"chmod u+rwx {shlex.quote(str(folder))}, or name another folder with --runs DIR."
        return [failed_row(check, f"The runs folder {folder} cannot be read and written.", step)]
    try:
        require_private(folder)
        with folder_lock(folder, LOCK_SECONDS):
            runs = list_runs(folder)
    except IamsqlError as error:
        return [error_row(check, error)]
    if shared := shared_with(folder):
        return [warning(check, shared[0], f"chmod 700 {shlex.quote(str(folder))}")]
    partial = sum(run.partial for run in runs)
    counts = f"{len(runs) - partial} finished runs" + (f", {partial} unfinished" if partial else "")
    return [ok(check, f"{folder}: {counts}")]


async def disk_space(state: State) -> Rows:
    """Compare the free space of the runs folder with the size of the last run."""
    check, folder = "disk space", state.options.sync.runs
    last = last_run(state)
    state.expected_seconds = estimate_seconds(last)
    free, size = _free_bytes(_existing_ancestor(folder)), last.size if last else 0
    detail = f"{_size_in_words(free)} are free in {folder}" + (
        f"; the last run has {_size_in_words(size)}" if last else ""
    )
    step = "Delete old runs with: iamsql runs prune. Or name a folder on another disk with --runs DIR."
    if free < max(size, LEAST_SPACE):
        return [failed_row(check, detail, step)]
    if free < COPIES * size:
        return [warning(check, detail, step)]
    return [ok(check, detail)]


async def temporary_folder(_state: State) -> Rows:
    """Write a temporary file, as DuckDB and the download of log files do."""
    check, step = "temporary folder", "Set TMPDIR to a folder that you can write."
    try:
        folder = tempfile.gettempdir()
        with tempfile.TemporaryFile(prefix="iamsql-") as file:
            file.write(b"iamsql")
            file.flush()
        free = _free_bytes(Path(folder))
    except OSError as error:
        return [failed_row(check, f"No temporary file can be written: {error.strerror or error}", step)]
    detail = f"{_size_in_words(free)} are free in {folder}"
    return [_space_row(check, detail, step, is_enough=free >= LEAST_TEMPORARY)]


def _space_row(check: str, detail: str, step: str, *, is_enough: bool) -> Row:
    return ok(check, detail) if is_enough else failed_row(check, detail, step)


def last_run(state: State) -> RunFile | None:
    """Return the newest finished run of the runs folder; None if there is none, or if the folder cannot be read."""
    with suppress(IamsqlError):
        return next((run for run in list_runs(state.options.sync.runs) if not run.partial), None)
    return None


def estimate_seconds(run: RunFile | None) -> float | None:
    """Return the seconds that the sync of a run took; None without a run, and for a file without these times."""
    with suppress(IamsqlError):
        if run is not None:
            with open_run(run.path) as reader:
                metadata = reader.metadata
                if metadata.started_at and metadata.finished_at:
                    return (metadata.finished_at - (metadata.resumed_at or metadata.started_at)).total_seconds()
    return None


def _existing_ancestor(path: Path) -> Path:
    """Return the path, or its nearest parent that exists."""
    return next((parent for parent in (path, *path.absolute().parents) if parent.exists()), Path("/"))


def _free_bytes(path: Path) -> int:
    return shutil.disk_usage(path).free


def _size_in_words(count: float) -> str:
    """Return a number of bytes in words, such as 1.5 GB."""
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
