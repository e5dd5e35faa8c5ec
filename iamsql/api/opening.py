"""Open a run, or collect one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iamsql.api.run import Run, Settings
from iamsql.catalog.settings.option import options_of
from iamsql.catalog.settings.sync_options import SyncOptions
from iamsql.model import IamsqlError
from iamsql.runs.directory import Folder, folder_path, runs_folder
from iamsql.runs.latest import RunName
from iamsql.runs.store.limits import StatementLimits, default_memory, parse_memory_size, parse_size, with_limits
from iamsql.runs.store.reader import open_run

if TYPE_CHECKING:
    from iamsql.sync.options import Options, Progress

SECONDS = StatementLimits().seconds


def open(
    run: str | os.PathLike[str] = "latest",
    *,
    runs: str | os.PathLike[str] | None = None,
    lake: str = "",
    at: str = "",
    days: int | None = None,
    max_bytes: str = "",
    organization: str = "",
    queries: Sequence[str] = (),
    config: str | os.PathLike[str] | None = None,
    allow_files: bool = False,
    timeout: float = SECONDS,
    memory: str = "",
) -> Run:
    """Return a run: `latest`, `previous`, an ID, or the path of a run file. The parameters are the options of `iamsql query`.

    `runs` is the runs folder (default: as for the commands). With `lake`, a folder or s3://BUCKET/PREFIX, the runs of the
    lake are read: as they were `at` a time, with the events of the last `days`. Without `lake`, `at` is a time in UTC: the run is
    the state at the time, made of the newest run before it and of the IAM events since. `queries` are additional query folders.
    `timeout` is the time limit of a statement in seconds (0 means no limit), and `memory` its memory limit, such as 4GB. SQL reads
    and writes no files, unless `allow_files` is set. Raise IamsqlError for a run that does not exist, and for a file that cannot be
    read.

    A run is closed by `close`, or at the end of a with statement.
    """
    from iamsql.runs.store.isolated_connection import isolated  # noqa: PLC0415 - commands do not use it

    if not timeout >= 0:
        raise IamsqlError("timeout is a number of seconds, such as 300; 0 means no limit.")
    size = parse_memory_size(memory) if memory else default_memory()
    limits = isolated(timeout, size)
    paths = (tuple(map(str, queries)), Path(config) if config else None)
    with ExitStack() as stack:
        if lake:
            from iamsql.lake.open import mounted_lake  # noqa: PLC0415 - a run file needs no lake

            selection = {"organization": organization, "at": at, "days": days}
            mount = stack.enter_context(mounted_lake(lake, selection, _size(max_bytes)))
            return _opened(os.fspath(run), Settings(mount.runs, *paths, allow_files, limits), stack)
        if days is not None or max_bytes or organization:
            raise IamsqlError("days, max_bytes and organization select the data of a lake; give lake as well.")
        settings = Settings(runs_folder(os.fspath(runs) if runs else None), *paths, allow_files, limits)
        return _opened(_at(stack, settings.folder, run, at) if at else os.fspath(run), settings, stack)


def _at(stack: ExitStack, folder: Folder, run: str | os.PathLike[str], at: str) -> Path:
    """Return the run file of the state at a time, which `stack` deletes."""
    from iamsql.runs.reconstruct.open import past_run  # noqa: PLC0415 - a run file needs no reconstruction

    if run != "latest":
        raise IamsqlError("at selects the newest run before a time: omit the name of the run.")
    return stack.enter_context(past_run(folder_path(folder), at))


def _opened(name: RunName, settings: Settings, stack: ExitStack) -> Run:
    """Return a run. Raise IamsqlError if it does not exist, and for a file that is not a DuckDB file."""
    with with_limits(settings.limits), closing(open_run(Run(name, settings).source)):
        return Run(name, settings, stack.pop_all())


KEYWORDS = {item.name: item for item in options_of(SyncOptions) if item.declared.api}


def collect(*, runs: str | os.PathLike[str] | None = None, progress: Progress | None = None, **options: Any) -> Run:
    """Collect an organization into a run file, and return the run.

    The keywords are the options of `iamsql sync` and the keys of the section [sync] of iamsql.toml; `queries` has the names of
    --for. An option of several values is a tuple. `progress` is called with the lines that the command prints. Raise IamsqlError
    for an unknown option or an invalid value, and for an organization that cannot be read.
    """
    for name in options:
        if name not in KEYWORDS:
            raise IamsqlError(f"collect has no option {name!r}. The options are {', '.join(KEYWORDS)}.")
    from iamsql.sync.options import Options, Progress  # noqa: PLC0415 - a query collects nothing

    folder = runs_folder(os.fspath(runs) if runs else None)
    collected = partial(_sync, Options(folder, **_checked(options)), progress or Progress())
    path = _outside_event_loop(collected)
    return open(path, runs=folder)


def _signature() -> Signature:
    """Return the signature of `collect` with a keyword for each option."""
    own = [item for item in signature(collect).parameters.values() if item.kind is Parameter.KEYWORD_ONLY]
    options = [
        Parameter(item.name, Parameter.KEYWORD_ONLY, default=item.default, annotation=item.type)
        for item in KEYWORDS.values()
    ]
    return Signature([*own, *options], return_annotation=Run)


collect.__signature__ = _signature()  # type: ignore[attr-defined]  # for help() and editors


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options, checked as the options that a run file stores."""
    from iamsql.sync.options import Options  # noqa: PLC0415 - a query collects nothing

    declared, checked = {item.name: item for item in options_of(Options)}, {}
    for name, value in options.items():
        value = tuple(value) if isinstance(value, list) else value
        checked[name] = value if value in (None, ()) else declared[name].checked(name, value)
    if names := checked.get("queries"):
        from iamsql.check.dependencies import tables_for  # noqa: PLC0415 - for the option `queries` only
        from iamsql.check.selection import load_catalog  # noqa: PLC0415 - for the option `queries` only

        checked["query_tables"] = tables_for(load_catalog(), tuple(names))
    return checked


def _sync(options: Options, progress: Progress) -> Path:
    from iamsql.sync import sync  # noqa: PLC0415 - a query collects nothing

    result = sync(options, progress)
    if result.path is None:
        raise IamsqlError(" ".join(result.lines) or "The sync wrote no run.")
    path: Path = result.path
    return path


def _outside_event_loop(collecting: Callable[[], Path]) -> Path:
    """Call a function that runs an event loop; in another thread if this thread has a running loop, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return collecting()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(collecting).result()


def _size(text: str) -> int | None:
    size = parse_size(text) if text else None
    if text and size is None:
        raise IamsqlError(f"max_bytes is a size such as 500MB or 20GB, not {text!r}.")
    return size
