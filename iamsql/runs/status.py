"""What a look into each run says of it: how it stands, whose it is, its scope, and how many accounts it has read.

Opening a run costs as much as a question, so what finished runs say is kept in the folder, in `.runs.json`. It counts
only while a file has the size, the time and the number on the disk that it had then, and for the iamsql that wrote it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsql import __version__
from iamsql.model import IamsqlError
from iamsql.runs.directory import RunFile, list_runs, run_file, whole_name
from iamsql.runs.scope import Scope, read_scope, scope_of

NAME = ".runs.json"
FINISHED = ("complete", "gaps", "empty")
KEPT = (*FINISHED, "foreign")
RESUME, LATER = "go on with it: iamsql sync --resume", "cut off, and a later run is there"
SECONDS = 20.0  # that a look may take
LARGEST = 64 * 1024 * 1024  # bytes of `.runs.json`: a run takes less than 1 KB
ACCOUNTS = """
select count(*) filter (outcome in ('read', 'partial')), count(*) filter (selected and outcome not in ('read', 'partial'))
from iamsql.accounts
"""


@dataclass(frozen=True)
class Glance:
    """How a run stands.

    `status` is complete, gaps or empty for a finished run; running while it is written, partial when it was cut off,
    newer when only a newer iamsql can read it, foreign for a DuckDB file that is no run, corrupt when it cannot be
    opened. `read` and `missing` count the accounts that were to be read; `note` is one line. `caller` is the account whose
    credentials made the run; `scope` is None where the file does not say it.
    """

    status: str
    run_id: str = ""
    started: datetime | None = None
    organization: str = ""
    read: int | None = None
    missing: int | None = None
    version: str = ""
    note: str = ""
    caller: str = ""
    scope: Scope | None = None


def glances(folder: Path) -> list[tuple[RunFile, Glance]]:
    """Look at every run of a folder, newest first; one that vanishes meanwhile is left out."""
    runs = list_runs(folder)
    known = _read(folder)
    found = [(now, told) for run in runs for now, told in _look(run, known)]
    found[1:] = [(run, replace(told, note=LATER) if told.note == RESUME else told) for run, told in found[1:]]
    kept = {run.path.name: [*run.mark, told] for run, told in found if told.status in KEPT and not run.partial}
    if kept != known:
        _write(folder, kept)
    return found


def finished(folder: Path) -> Iterator[tuple[RunFile, Glance]]:
    """Look at the finished runs of a folder one by one, newest first, as far as the caller goes."""
    known = _read(folder)
    kept = dict(known)
    try:
        for run in (one for one in list_runs(folder) if not one.partial and one.started):
            for now, told in _look(run, known):
                if told.status in KEPT:
                    kept[now.path.name] = [*now.mark, told]
                yield now, told
    finally:
        if kept != known:
            _write(folder, kept)


def glance(run: RunFile) -> Glance:
    """Open a run and tell how it stands."""
    from iamsql.store.bounds import Bounds
    from iamsql.store.held import Unopened
    from iamsql.store.read import open_run

    try:
        with closing(open_run(run.path, bounds=Bounds(seconds=SECONDS))) as reader:
            return _told(run, reader)
    except Unopened as error:
        return Glance(error.kind, started=run.started, note=error.reason)
    except IamsqlError as error:
        return Glance("corrupt", started=run.started, note=str(error).splitlines()[0])


def _told(run: RunFile, reader: Any) -> Glance:
    """Tell what an open file says of itself."""
    from iamsql.runs.collected import not_collected
    from iamsql.runs.versions import is_newer

    facts = reader.facts
    if not facts.run_id:
        return _nameless(run, reader)
    newer = is_newer(facts)
    told = (facts.run_id, facts.started_at and facts.started_at.astimezone(UTC), facts.organization_id)
    try:
        read, missing = reader.run(ACCOUNTS).rows[0]
        scope = scope_of(reader, not_collected(reader))
    except IamsqlError as error:
        kind, why = ("newer", "pip install --upgrade iamsql") if newer else ("corrupt", str(error).splitlines()[0])
        return Glance(kind, *told, None, None, facts.iamsql_version, why)
    finished = facts.status in FINISHED and not run.partial
    status = facts.status if finished else "newer" if newer and not run.partial else "partial"
    note = f"made by a newer iamsql, {facts.iamsql_version}" if newer else ""
    if status == "partial":
        note = RESUME if run.partial else "was never finished, though its name says so"
    caller = facts.caller_arn.split(":")[4] if facts.caller_arn.count(":") > 4 else ""
    return Glance(status, *told, read, missing, facts.iamsql_version, note, caller, scope)


def _nameless(run: RunFile, reader: Any) -> Glance:
    """Tell a file that is no run; one that was cut off before anything stood in it has its name only."""
    begun = """
        select count(*) filter (schema_name = 'iamsql' and table_name = 'run') = (count(*) > 0)::int
        from system.main.duckdb_tables()
    """
    if run.partial and run.started and reader.run(begun).rows[0][0]:
        return Glance("partial", started=run.started, note="cut off before anything was read")
    return Glance("foreign", started=run.started, note="a DuckDB file that iamsql did not make")


def _look(run: RunFile, known: dict[str, list[Any]]) -> list[tuple[RunFile, Glance]]:
    """Tell how a run stands, by what is known of it or by a look; one that got its name meanwhile by that name."""
    if run.path.name in known and known[run.path.name][:-1] == [*run.mark]:
        return [(run, known[run.path.name][-1])]
    told = glance(run)
    if told.status in ("corrupt", "foreign") and not (now := run_file(run.path)):
        later = run_file(whole_name(run.path)) if run.partial else now
        return [(later, glance(later))] if later else []
    return [(run, told)]


def _read(folder: Path) -> dict[str, list[Any]]:
    """Read what is known of the folder's runs; nothing where that cannot be read or another iamsql wrote it."""
    with suppress(OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        kept = json.loads(_text(folder / NAME))
        if kept["iamsql"] == __version__:
            return {name: [*row[:-1], _glance(row[-1])] for name, row in kept["runs"].items()}
    return {}


def _text(path: Path) -> bytes:
    """Return a regular file's content; raise OSError for a link, ValueError for anything else and for more than LARGEST bytes.

    Whoever may write the folder can put a link, a pipe or a device there. Opening a pipe must not wait.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        seen = os.fstat(stream.fileno())
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > LARGEST:
            raise ValueError(path.name)
        return stream.read(LARGEST)


def _glance(row: dict[str, Any]) -> Glance:
    """Make a glance of what was written; raise ValueError for one that can be none."""
    started = row["started"] and datetime.fromisoformat(row["started"])
    scope = row["scope"] and read_scope(row["scope"])
    one = Glance(**{**row, "started": started, "scope": scope})
    words = (one.status, one.run_id, one.organization, one.version, one.note, one.caller)
    numbers = (one.read, one.missing)
    if one.status not in KEPT or not all(isinstance(word, str) for word in words):
        raise ValueError(one.status)
    if not all(number is None or isinstance(number, int) for number in numbers):
        raise ValueError(one.run_id)
    return one


def _write(folder: Path, kept: dict[str, list[Any]]) -> None:
    """Keep what is known for the next time; where the folder takes no file, the next time looks again."""
    from iamsql.render import whole

    rows: dict[str, list[Any]] = {name: [*row[:-1], asdict(row[-1])] for name, row in kept.items()}
    text = json.dumps({"iamsql": __version__, "runs": rows}, default=datetime.isoformat, indent=0)
    with suppress(IamsqlError):
        whole(folder / NAME, lambda stream: print(text, file=stream), follow=False)
