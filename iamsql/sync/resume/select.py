"""Select the run that `--resume` or `--retry-gaps` continues, and set its interrupted file aside until it is replaced."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.checksums import record
from iamsql.runs.directory import HOW_TO_MAKE_A_RUN, PARTIAL_SUFFIX, RUN_SUFFIX, RunFile, list_runs
from iamsql.runs.lock import folder_lock
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.open_new import checkpoint
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.run_schema import RUNNING
from iamsql.sync.options import Options, SyncResult
from iamsql.sync.resume.load import load_prior_run
from iamsql.sync.resume.state import PriorRun
from iamsql.sync.resume.stored_options import resumed_options
from iamsql.sync.shards import parse_shard

RESUME_LIMITS = StatementLimits(seconds=0, memory=16 * 10**9)  # a run has a few hundred rows of coverage per account
BEFORE_SUFFIX = ".before"  # suffix of an interrupted file while its rows are copied to the file that replaces it
# The run IDs that `iamsql.runs.file.build.free_name` returns: a start time, and the ID of an organization or account.
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[a-z0-9-]{1,64}")
TIMES = ("started_at", "window_start", "window_end")
VALID_YEARS = range(1970, 9999)  # of a run's times; year 9999 has no day after its last


@dataclass(frozen=True)
class ResumePlan:
    """The options and the run to continue, or the `result` if nothing is left to collect; `notes` are lines for the user."""

    options: Options
    prior: PriorRun | None = None
    result: SyncResult | None = None
    notes: Sequence[str] = ()


def plan_resume(options: Options) -> ResumePlan:
    """Select the newest run, if it was interrupted or has gaps. Raise IamsqlError if there is none."""
    with folder_lock(options.runs):
        _recover_files(options.runs)
    run = _newest_run(options)
    with open_run(run.path, limits=RESUME_LIMITS) as reader:
        metadata = reader.metadata
        _require_resumable(run, metadata)
        prior = load_prior_run(reader, run.partial)
    # Everything is collected, but the rename, which is the last step, failed.
    if run.partial and metadata.status != RUNNING:
        path = _rename_complete(run.path)
        return ResumePlan(
            options, None, _unchanged_result(path, metadata, prior, "is complete; its file was renamed", record(path))
        )
    if not run.partial and not prior.gaps:
        return ResumePlan(options, None, _unchanged_result(run.path, metadata, prior, "has no gaps to retry"))
    resumed, notes = resumed_options(options, metadata)
    if options.resume and not run.partial:
        complete = f"Nothing was interrupted: {metadata.run_id} is complete. This is a new run, which retries its gaps."
        notes = [complete, *notes]
    return ResumePlan(resumed, prior, notes=[*notes, *prior.notes])


def _unchanged_result(
    path: Path, metadata: RunMetadata, prior: PriorRun, reason: str, digest: Sequence[str] = ()
) -> SyncResult:
    lines = [f"Run {metadata.run_id} {reason}; nothing was requested.", f"Run file: {path}", *digest]
    return SyncResult(path, metadata.status, lines, prior.gaps)


def _rename_complete(partial: Path) -> Path:
    """Rename a complete run to its final name, which failed before."""
    path = partial.with_name(partial.name.removesuffix(PARTIAL_SUFFIX))
    with folder_lock(path.parent):
        checkpoint(partial)
        try:
            return partial.rename(path)
        except OSError as error:
            raise IamsqlError(f"{partial} is complete, but cannot be renamed: {error.strerror}.") from error


@contextmanager
def set_aside(path: Path) -> Iterator[Path]:
    """Rename an interrupted file while its replacement is created, and yield its path; delete it at the end.

    An exception renames it back. The runs folder has to be locked.
    """
    checkpoint(path)  # DuckDB looks for the log by the name of the file, which is about to change
    before = path.with_name(path.name + BEFORE_SUFFIX)
    path.rename(before)
    shutil.rmtree(f"{path}.spool", ignore_errors=True)  # log files that were not loaded; they are downloaded again
    try:
        yield before
    except BaseException:
        _delete_run(path)
        before.rename(path)
        raise
    _delete_run(before)


def _recover_files(runs: Path) -> None:
    """Clean up after a session that was killed while it replaced an interrupted file."""
    for before in runs.glob(f"*{RUN_SUFFIX}{PARTIAL_SUFFIX}{BEFORE_SUFFIX}"):
        path = before.with_name(before.name.removesuffix(BEFORE_SUFFIX))
        if _is_replaced(path):
            _delete_run(before)
        else:
            _delete_run(path)
            before.rename(path)


def _is_replaced(path: Path) -> bool:
    """Return whether an interrupted file has the data of the file that it replaces, which is copied in one transaction."""
    if not path.is_file():
        return False
    with open_run(path) as reader:  # raises IamsqlError if a sync is writing it
        try:
            return bool(reader.run("select count(*) from iamsql.accounts").rows[0][0])
        except IamsqlError:  # the session was killed before it created any table
            return False


def _delete_run(path: Path) -> None:
    for suffix in ("", ".wal"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()


def _newest_run(options: Options) -> RunFile:
    """Return the newest run; for --retry-gaps, the newest complete one; with --shard, the newest of the shard."""
    runs = [run for run in list_runs(options.runs) if run.started and not (options.retry_gaps and run.partial)]
    if shard := parse_shard(options.shard):
        runs = [run for run in runs if run.run_id.endswith(shard.suffix)]
    if not runs:
        raise IamsqlError(f"There is no run in {options.runs} to resume.\n{HOW_TO_MAKE_A_RUN}")
    return runs[0]


def _require_resumable(run: RunFile, metadata: RunMetadata) -> None:
    """Raise IamsqlError if the file cannot be resumed. It may have been edited, and its run ID becomes a file name."""
    if not metadata.run_id or metadata.started_at is None:
        raise IamsqlError(f"{run.path} was interrupted before anything was read.\nStart a new run: iamsql sync")
    if not RUN_ID.fullmatch(metadata.run_id) or (run.partial and metadata.run_id != run.run_id):
        raise IamsqlError(
            f"{run.path} claims to be another run: {metadata.run_id!r:.80}.\nStart a new run: iamsql sync"
        )
    if run.partial and metadata.status == RUNNING and "merged" in metadata.options:
        raise IamsqlError(f"{run.path} was being merged from shards.\nMerge them again: iamsql runs merge")
    if "import" in metadata.options:
        raise IamsqlError(f"{metadata.run_id} was made from files: import them again.\nSee: iamsql import --help")
    times = [time for name in TIMES if (time := getattr(metadata, name))]
    start, end = metadata.window_start, metadata.window_end
    if any(time.tzinfo is None or time.year not in VALID_YEARS for time in times) or (start and end and start > end):
        raise IamsqlError(f"{metadata.run_id} has invalid times in iamsql.run.\nStart a new run: iamsql sync")
