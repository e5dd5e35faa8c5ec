"""`--resume` and `--retry-gaps`: which run goes on, with what it was asked for, and where its unfinished file stands meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.runs import ENDING, FIRST, PARTIAL, RunFile, list_runs
from iamsql.runs.lock import folder_lock
from iamsql.runs.sums import record
from iamsql.store.bounds import Bounds
from iamsql.store.files import fold
from iamsql.store.layout import RUNNING
from iamsql.store.read import Facts, open_run
from iamsql.sync import Options, Outcome
from iamsql.sync.kept import Kept
from iamsql.sync.recall import read

AMPLE = Bounds(seconds=0, memory=16 * 10**9)  # coverage is held whole: some hundred rows an account
BEFORE = ".before"  # ends the name of an unfinished file whose rows are on their way into the one that takes its place
# What was asked for is that of the run that goes on; how it is asked may be another way this time.
WHAT = (
    "demo", "accounts", "skip_accounts", "ous", "skip_ous", "states", "regions", "events", "trail", "days", "start_date",
    "end_date", "tables", "asked", "beside", "fresh", "trust_report",
)  # fmt: skip
HOW = ("profile", "roles", "org_role", "trail_role")
UNSAID = {one.name: one.default for one in fields(Options)}


@dataclass(frozen=True)
class Going:
    """What goes on: the options, and what is kept; or how it ended already, where nothing is left to ask."""

    options: Options
    kept: Kept | None = None
    outcome: Outcome | None = None


def going_on(options: Options) -> Going:
    """Find the newest run, which goes on where it was cut off or lacks something; raise IamsqlError where there is none."""
    with folder_lock(options.runs):
        _put_back(options.runs)
    run = _newest(options)
    reader = open_run(run.path, bounds=AMPLE)
    try:
        facts = reader.facts
        if not facts.run_id or facts.started_at is None:
            raise IamsqlError(f"{run.path} was cut off before anything was read.\nBegin anew: iamsql sync")
        if "import" in facts.options:
            raise IamsqlError(f"{facts.run_id} was made from files: import them again.\nSee: iamsql import --help")
        kept = read(reader, run.partial)
    finally:
        reader.close()
    if run.partial and facts.status != RUNNING:
        path = _named(run.path)
        return Going(options, None, _over(path, facts, kept, "is whole; it was given its name", record(path)))
    if not run.partial and not kept.gaps:
        return Going(options, None, _over(run.path, facts, kept, "lacks nothing that could be asked again"))
    return Going(_options(options, facts), kept)


def _over(path: Path, facts: Facts, kept: Kept, said: str, digest: Sequence[str] = ()) -> Outcome:
    lines = [f"Run {facts.run_id} {said}; nothing was asked.", f"Run file: {path}", *digest]
    return Outcome(path, facts.status, lines, kept.gaps)


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


def _options(options: Options, facts: Facts) -> Options:
    """Take from the run what it was asked for; raise IamsqlError where something else is named now."""
    stored = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.options.items()}
    for name in WHAT:
        given = getattr(options, name)
        if given != UNSAID[name] and given != stored.get(name, UNSAID[name]):
            raise IamsqlError(
                f"{facts.run_id} was begun with other options: --{name.replace('_', '-')} cannot be changed now.\n"
                "Leave it out, or begin anew without --resume and --retry-gaps."
            )
    taken: dict[str, Any] = {name: stored[name] for name in WHAT if name in stored}
    taken |= {name: stored[name] for name in HOW if name in stored and getattr(options, name) == UNSAID[name]}
    return replace(options, **taken)
