"""Complete the values of parameters in a shell: names of queries, tables, controls, runs, profiles, formats, regions.

A parameter is recognized by its name, so the options of all commands with this name are completed. Names come from the
names of files: no run is opened, and no request is sent. This module is loaded only while a shell completes a word.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

from iamsql.cli.aws_profiles import profile_names
from iamsql.model import IamsqlError

# The script for bash splits and expands the words: names with other characters are not offered.
SAFE_NAME_PATTERN = re.compile(r"[\w.@:+=,/-]+", re.ASCII)
FRONT_MATTER_PATTERN = re.compile(r"^-- (kind|tags): *(.*)$", re.MULTILINE)
Complete = Callable[[click.Context, str], Iterable[str]]


class CompletedText(StringParamType):
    """A text whose values are completed."""

    def __init__(self, complete: Complete) -> None:
        """Complete with a function of the context and the beginning of the value."""
        self._complete = complete

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Return the values that begin with a text; [] if they cannot be found."""
        try:
            values = self._complete(ctx, incomplete)
            # Bash ends a word at a colon, so a tag such as cis_v7.0:2.5 is offered only where the user typed one.
            names = [name for name in values if name.startswith(incomplete) and (":" in incomplete or ":" not in name)]
        except Exception:  # a traceback would be printed into the line that the user types
            return []
        return [CompletionItem(name) for name in dict.fromkeys(names) if SAFE_NAME_PATTERN.fullmatch(name)]


class Folder(StringParamType):
    """A text that is the path of a folder."""

    envvar_list_splitter = os.path.pathsep  # IAMSQL_QUERIES has folders separated as in PATH

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Let the shell complete the names of folders."""
        return [CompletionItem(incomplete, type="dir")]


class QueryText(CompletedText):
    """The name of a query, or the path of a .sql file."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Return the names; for a text with a slash or a dot, let the shell complete the names of files."""
        if "/" in incomplete or "." in incomplete:
            return [CompletionItem(incomplete, type="file")]
        return super().shell_complete(ctx, param, incomplete)


def add_completers(command: click.Command) -> None:
    """Let the parameters of a command and of its subcommands complete their values. Choices and files do already."""
    for param in command.params:
        value_type = TYPES_BY_PARAMETER.get(f"{command.name} {param.name}") or TYPES_BY_PARAMETER.get(param.name or "")
        if value_type and (type(param.type) is StringParamType or value_type is FOLDER_TYPE):
            param.type = value_type
    for subcommand in command.commands.values() if isinstance(command, click.Group) else ():
        add_completers(subcommand)


def _query_folders(ctx: click.Context) -> list[Path]:
    from iamsql.catalog import folders  # noqa: PLC0415 - most commands complete nothing of it

    query_folders: list[Path] = folders(ctx.params.get("query_dirs") or ())
    return query_folders


def _query_names(ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from iamsql.catalog import names as query_names  # noqa: PLC0415 - most commands complete nothing of it

    names: list[str] = query_names(_query_folders(ctx))
    return names


def _read_front_matter(ctx: click.Context) -> list[tuple[str, dict[str, str]]]:
    """Return the name and the front matter of each query file, without checking it."""
    from iamsql.catalog import files  # noqa: PLC0415 - most commands complete nothing of it

    heads = []
    from iamsql.catalog.settings.untrusted_files import read_text  # noqa: PLC0415 - most commands complete nothing of it

    for path, _ in files(_query_folders(ctx)):
        with suppress(IamsqlError):  # a file that is not readable is not completed
            heads.append((path.stem.partition(".v")[0], dict(FRONT_MATTER_PATTERN.findall(read_text(path)))))
    return heads


def _names_of_kind(ctx: click.Context, query_kind: str) -> list[str]:
    return sorted({name for name, head in _read_front_matter(ctx) if head.get("kind") == query_kind})


def _benchmark_names(ctx: click.Context) -> list[str]:
    return [path.stem for folder in _query_folders(ctx) for path in (folder / "benchmarks").glob("*.toml")]


def _control_names(ctx: click.Context, _incomplete: str) -> Iterable[str]:
    heads = [(name, head) for name, head in _read_front_matter(ctx) if head.get("kind") == "control"]
    tags = {tag.strip() for _, head in heads for tag in head.get("tags", "").split(",")}
    return chain(sorted(_benchmark_names(ctx)), ["all"], sorted({name for name, _ in heads}), sorted(tags))


def _check_names(ctx: click.Context, incomplete: str) -> Iterable[str]:
    return chain(_control_names(ctx, incomplete), ["detections"], _names_of_kind(ctx, "detection"))


def _check_and_query_names(ctx: click.Context, incomplete: str) -> Iterable[str]:
    return chain(_control_names(ctx, incomplete), _query_names(ctx, incomplete))


def _table_names(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from iamsql import tables  # noqa: PLC0415 - most commands complete nothing of it

    package = Path(tables.__path__[0])
    return sorted(path.stem for path in package.glob("aws_*.py"))


def _table_names_and_all(ctx: click.Context, incomplete: str) -> Iterable[str]:
    return chain(["all"], _table_names(ctx, incomplete))


def _run_names(ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from iamsql.runs.directory import list_runs, runs_folder  # noqa: PLC0415 - most commands complete nothing of it

    folder = runs_folder(ctx.params.get("runs"))
    return chain(["latest", "previous"], (run.run_id for run in list_runs(folder)))


def _format_names(ctx: click.Context, _incomplete: str) -> Iterable[str]:
    if ctx.command.name == "check":
        from iamsql.check.outputs.formats import FORMATS as FORMATS_OF_CHECK  # noqa: PLC0415 - most commands complete nothing of it

        return dict.fromkeys(FORMATS_OF_CHECK)
    from iamsql.render import FORMATS  # noqa: PLC0415 - most commands complete nothing of it

    return dict.fromkeys(FORMATS)


def _region_names(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from iamsql.aws.region_names import region_names  # noqa: PLC0415 - most commands complete nothing of it

    return chain(["all"], region_names())


def _resource_type_names(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from iamsql.check import diff  # noqa: PLC0415 - most commands complete nothing of it

    package = Path(diff.__path__[0])
    return sorted(path.stem for path in package.glob("kinds/*.sql"))


def _change_names(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from iamsql.check.diff.report import CHANGE_LABELS  # noqa: PLC0415 - most commands complete nothing of it

    return dict.fromkeys(CHANGE_LABELS)


def _event_names(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    return ["all-writes", "none"]


def _profile_completions(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    return profile_names()


CHECK_NAME_TYPE, RUN_NAME_TYPE, FOLDER_TYPE = CompletedText(_check_names), CompletedText(_run_names), Folder()
# By the name of the parameter, or by the names of the command and the parameter, which have precedence.
TYPES_BY_PARAMETER: dict[str, Any] = {
    "benchmark": CHECK_NAME_TYPE,
    "benchmarks": CHECK_NAME_TYPE,
    "check names": CHECK_NAME_TYPE,
    "controls": CompletedText(_control_names),
    "detections": CHECK_NAME_TYPE,
    "diff changes": CompletedText(_change_names),
    "diff fail_on": CompletedText(_change_names),
    "diff kinds": CompletedText(_resource_type_names),
    "diff new": RUN_NAME_TYPE,
    "diff old": RUN_NAME_TYPE,
    "diff queries": QueryText(_query_names),
    "events": CompletedText(_event_names),
    "output": CompletedText(_format_names),
    "profile": CompletedText(_profile_completions),
    "profiles": CompletedText(_profile_completions),
    "queries": CompletedText(_query_names),
    "lint names": CompletedText(_query_names),
    "queries name": CompletedText(_query_names),
    "query_dirs": FOLDER_TYPE,
    "query text": QueryText(_query_names),
    "region": CompletedText(_region_names),
    "regions": CompletedText(_region_names),
    "run": RUN_NAME_TYPE,
    "runs": FOLDER_TYPE,
    "run_names": RUN_NAME_TYPE,
    "since": RUN_NAME_TYPE,
    "sync queries": CompletedText(_check_and_query_names),
    "tables": CompletedText(_table_names_and_all),
    "tables name": CompletedText(_table_names),
    "verify names": RUN_NAME_TYPE,
}
