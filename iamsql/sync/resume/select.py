"""`--resume` and `--retry-gaps`: which run goes on, with what it was asked for, and where its unfinished file stands meanwhile."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs import ENDING, FIRST, PARTIAL, RunFile, list_runs
from iamsql.runs.checksums import record
from iamsql.runs.lock import folder_lock
from iamsql.store.bounds import Bounds
from iamsql.store.files import fold
from iamsql.store.layout import RUNNING
from iamsql.store.read import Facts, open_run
from iamsql.sync.options import Options, SyncResult
from iamsql.sync.resume.load import read
from iamsql.sync.resume.state import PriorRun
from iamsql.sync.resume.stored_options import resumed_options

AMPLE = Bounds(seconds=0, memory=16 * 10**9)  # coverage is held whole: some hundred rows an account
BEFORE = ".before"  # ends the name of an unfinished file whose rows are on their way into the one that takes its place
# The names that `runfile.free_name` gives: a start, and an organization or an account.
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[a-z0-9-]{1,40}")
TIMES = ("started_at", "window_start", "window_end")
YEARS = range(1970, 9999)  # of a run's times; later ones leave no room for the day after


@dataclass(frozen=True)
class ResumePlan:
    """What goes on: the options, and what is kept; or how it ended already, where nothing is left to ask.

    `notes` are lines for the user.
    """

    options: Options
    kept: PriorRun | None = None
    outcome: SyncResult | None = None
    notes: Sequence[str] = ()


def plan_resume(options: Options) -> ResumePlan:
    """Find the newest run, which goes on where it was cut off or lacks something; raise IamsqlError where there is none."""
    with folder_lock(options.runs):
        _put_back(options.runs)
    run = _newest(options)
    reader = open_run(run.path, bounds=AMPLE)
    try:
        facts = reader.facts
        _check(run, facts)
        kept = read(reader, run.partial)
    finally:
        reader.close()
    if run.partial and facts.status != RUNNING:
        path = _named(run.path)
        return ResumePlan(options, None, _over(path, facts, kept, "is whole; it was given its name", record(path)))
    if not run.partial and not kept.gaps:
        return ResumePlan(options, None, _over(run.path, facts, kept, "lacks nothing that could be asked again"))
    resumed, notes = resumed_options(options, facts)
    return ResumePlan(resumed, kept, notes=notes)


def _over(path: Path, facts: Facts, kept: PriorRun, said: str, digest: Sequence[str] = ()) -> SyncResult:
    lines = [f"Run {facts.run_id} {said}; nothing was asked.", f"Run file: {path}", *digest]
    return SyncResult(path, facts.status, lines, kept.gaps)


def _named(partial: Path) -> Path:
    """Give a run that is whole its name, which it could not be given before."""
    path = partial.with_name(partial.name.removesuffix(PARTIAL))
    with folder_lock(path.parent):
        fold(partial)
        try:
            return partial.rename(path)
        except OSError as error:
            raise IamsqlError(f"{partial} is whole, but cannot be given its name: {error.strerror}.") from error


@contextmanager
def claimed(path: Path) -> Iterator[Path]:
    """Have an unfinished file make room for the one that takes its place, and go when that has all of it.

    Whatever ends this before its end puts it back. To be called while the folder is locked.
    """
    fold(path)
    before = path.with_name(path.name + BEFORE)
    path.rename(before)
    shutil.rmtree(f"{path}.spool", ignore_errors=True)
    try:
        yield before
    except BaseException:
        _forget(path)
        before.rename(path)
        raise
    _forget(before)


def _put_back(runs: Path) -> None:
    """Mend what a sitting left that was killed while it took over from an unfinished file."""
    for before in runs.glob(f"*{ENDING}{PARTIAL}{BEFORE}"):
        path = before.with_name(before.name.removesuffix(BEFORE))
        if _took_over(path):
            _forget(before)
        else:
            _forget(path)
            before.rename(path)


def _took_over(path: Path) -> bool:
    """Tell whether an unfinished file has all that the one before it had: that comes in one transaction."""
    if not path.is_file():
        return False
    reader = open_run(path)  # raises where a sync writes it at this moment
    try:
        return bool(reader.run("select count(*) from iamsql.accounts").rows[0][0])
    except IamsqlError:  # it was killed before it had any table
        return False
    finally:
        reader.close()


def _forget(path: Path) -> None:
    for ending in ("", ".wal"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).unlink()


def _newest(options: Options) -> RunFile:
    """Find the run that goes on: the newest, which for --retry-gaps is finished."""
    runs = [one for one in list_runs(options.runs) if one.started and not (options.retry_gaps and one.partial)]
    if not runs:
        raise IamsqlError(f"There is no run yet in {options.runs} that could go on.\n{FIRST}")
    return runs[0]


def _check(run: RunFile, facts: Facts) -> None:
    """Raise IamsqlError where the file cannot be resumed; it may be anybody's, and its run id becomes the name of a file."""
    if not facts.run_id or facts.started_at is None:
        raise IamsqlError(f"{run.path} was cut off before anything was read.\nBegin anew: iamsql sync")
    if not RUN_ID.fullmatch(facts.run_id) or (run.partial and facts.run_id != run.run_id):
        raise IamsqlError(f"{run.path} says that it is another run: {facts.run_id!r:.80}.\nBegin anew: iamsql sync")
    if "import" in facts.options:
        raise IamsqlError(f"{facts.run_id} was made from files: import them again.\nSee: iamsql import --help")
    times = [time for name in TIMES if (time := getattr(facts, name))]
    start, end = facts.window_start, facts.window_end
    if any(time.tzinfo is None or time.year not in YEARS for time in times) or (start and end and start > end):
        raise IamsqlError(f"{facts.run_id} has times that no sync writes.\nBegin anew: iamsql sync")
