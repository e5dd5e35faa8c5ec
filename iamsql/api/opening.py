"""Open a run, or collect one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from iamsql.api.keywords import OPEN_DEFAULTS, OpenKeywords, OpenOptions, options_from, require_keywords, with_keywords
from iamsql.api.run import Run, Settings
from iamsql.catalog.settings.option import options_of
from iamsql.catalog.settings.sync_options import SyncOptions
from iamsql.model import IamsqlError
from iamsql.runs.directory import Folder, folder_path, runs_folder
from iamsql.runs.latest import RunName
from iamsql.runs.store.limits import default_memory, parse_memory_size, parse_size, with_limits
from iamsql.runs.store.reader import open_run

if TYPE_CHECKING:
    from iamsql.sync.options import Options, Progress


@with_keywords(OpenKeywords, OPEN_DEFAULTS)
def open(run: str | os.PathLike[str] = "latest", **keywords: Unpack[OpenKeywords]) -> Run:
    """Return a run: `latest`, `previous`, an ID, or the path of a run file. The keywords are options of `iamsql query`.

    `runs` is the runs folder (default: as for the commands). With `lake`, a folder or s3://BUCKET/PREFIX, the runs of the
    lake are read: as they were `at` a time, with the events of the last `days`. Without `lake`, `at` is a time in UTC: the run is
    the state at the time, made of the newest run before it and of the IAM events since. `queries` are additional query folders.
    `timeout` is the time limit of a statement in seconds (default: 300; 0 means no limit), and `memory` its memory limit, such as
    4GB. SQL reads and writes no files, unless `allow_files` is set. Raise IamsqlError for a run that does not exist, and for a file
    that cannot be read.

    A run is closed by `close`, or at the end of a with statement.
    """
    from iamsql.runs.store.isolated_connection import isolate_statements  # noqa: PLC0415 - commands do not use it

    require_keywords("open", OpenKeywords, keywords)
    options = options_from(OpenOptions, keywords)
    if not options.timeout >= 0:
        raise IamsqlError("timeout is a number of seconds, such as 300; 0 means no limit.")
    limits = isolate_statements(
        options.timeout, parse_memory_size(options.memory) if options.memory else default_memory()
    )
    settings = (options.query_dirs, Path(options.config) if options.config else None, options.allow_files, limits)
    with ExitStack() as stack:
        if options.lake:
            from iamsql.lake.open import mounted_lake  # noqa: PLC0415 - a run file needs no lake

            selection = {"organization": options.organization, "at": options.at, "days": options.days}
            mount = stack.enter_context(
                mounted_lake(options.lake, selection, _parse_max_bytes(options.max_bytes or ""))
            )
            return _open_run(os.fspath(run), Settings(mount.runs, *settings), stack)
        if options.days is not None or options.max_bytes or options.organization:
            raise IamsqlError("days, max_bytes and organization select the data of a lake; give lake as well.")
        folder = runs_folder(os.fspath(options.runs) if options.runs else None)
        name = _build_state_at(stack, folder, run, options.at) if options.at else os.fspath(run)
        return _open_run(name, Settings(folder, *settings), stack)


def _build_state_at(stack: ExitStack, folder: Folder, run: str | os.PathLike[str], at: str) -> Path:
    """Return the run file of the state at a time, which `stack` deletes."""
    from iamsql.runs.reconstruct.open import past_run  # noqa: PLC0415 - a run file needs no reconstruction

    if run != "latest":
        raise IamsqlError("at selects the newest run before a time: omit the name of the run.")
    return stack.enter_context(past_run(folder_path(folder), at))


def _open_run(name: RunName, settings: Settings, stack: ExitStack) -> Run:
    """Return a run. Raise IamsqlError if it does not exist, and for a file that is not a DuckDB file."""
    with with_limits(settings.limits), closing(open_run(Run(name, settings).source)):
        return Run(name, settings, stack.pop_all())


COLLECT_OPTIONS = {item.name: item for item in options_of(SyncOptions) if item.declared.api}


def collect(*, runs: str | os.PathLike[str] | None = None, progress: Progress | None = None, **options: Any) -> Run:
    """Collect an organization into a run file, and return the run.

    The keywords are the options of `iamsql sync` and the keys of the section [sync] of iamsql.toml; `queries` has the names of
    --for. An option of several values is a tuple. `progress` is called with the lines that the command prints. Raise IamsqlError
    for an unknown option or an invalid value, and for an organization that cannot be read.
    """
    for name in options:
        if name not in COLLECT_OPTIONS:
            raise IamsqlError(f"collect has no option {name!r}. The options are {', '.join(COLLECT_OPTIONS)}.")
    from iamsql.sync.options import Options, Progress  # noqa: PLC0415 - a query collects nothing

    folder = runs_folder(os.fspath(runs) if runs else None)
    run_sync = partial(_run_sync, Options(folder, **_check_options(options)), progress or Progress())
    path = _call_outside_event_loop(run_sync)
    return open(path, runs=folder)


def _collect_signature() -> Signature:
    """Return the signature of `collect` with a keyword for each option."""
    parameters = [item for item in signature(collect).parameters.values() if item.kind is Parameter.KEYWORD_ONLY]
    options = [
        Parameter(item.name, Parameter.KEYWORD_ONLY, default=item.default, annotation=item.type)
        for item in COLLECT_OPTIONS.values()
    ]
    return Signature([*parameters, *options], return_annotation=Run)


collect.__signature__ = _collect_signature()  # type: ignore[attr-defined]  # for help() and editors


def _check_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options, checked as the options that a run file stores."""
    from iamsql.sync.options import Options  # noqa: PLC0415 - a query collects nothing

    declared_options, checked_options = {item.name: item for item in options_of(Options)}, {}
    for name, value in options.items():
        value = tuple(value) if isinstance(value, list) else value
        checked_options[name] = value if value in (None, ()) else declared_options[name].checked(name, value)
    if names := checked_options.get("queries"):
        from iamsql.check.dependencies import tables_for  # noqa: PLC0415 - for the option `queries` only
        from iamsql.check.selection import load_catalog  # noqa: PLC0415 - for the option `queries` only

        checked_options["query_tables"] = tables_for(load_catalog(), tuple(names))
    return checked_options


def _run_sync(options: Options, progress: Progress) -> Path:
    from iamsql.sync import sync  # noqa: PLC0415 - a query collects nothing

    result = sync(options, progress)
    if result.path is None:
        raise IamsqlError(" ".join(result.lines) or "The sync wrote no run.")
    path: Path = result.path
    return path


def _call_outside_event_loop(function: Callable[[], Path]) -> Path:
    """Call a function that runs an event loop; in another thread if this thread has a running loop, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def _parse_max_bytes(text: str) -> int | None:
    size = parse_size(text) if text else None
    if text and size is None:
        raise IamsqlError(f"max_bytes is a size such as 500MB or 20GB, not {text!r}.")
    return size
