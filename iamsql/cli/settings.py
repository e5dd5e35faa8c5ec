"""Apply iamsql.toml to a command: its values are defaults of options, below the command line and environment variables.

click reads the defaults of a command from `default_map`, so it checks a value of the file as it checks an option.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from iamsql.cli.errors import say
from iamsql.model import IamsqlError

if TYPE_CHECKING:
    from iamsql.catalog.settings.read import Configuration

META_KEY = "iamsql.settings"
CONFIG_FILE_NAME = "iamsql.toml"  # also in catalog.config_file, which most commands need not load
SECTION_BY_COMMAND = {"doctor": "sync"}  # the sections of commands that have the options of another command
COMMANDS_THAT_REPORT_ERRORS = ("doctor",)  # commands that report an error of the file themselves
GIVEN_SOURCES = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
# Loaded when there is a file, because every command has the options.


@dataclass
class Choice:
    """The file and the organization of a command, or of the group above it.

    `runs`: the runs folder of the organization. `typed_runs`: the value of --runs. `announced_keys`: the notes that were printed.
    `organization`: an organization of the file; with a `lake`, an organization of the lake.
    """

    file: Path | None = None
    organization: str = ""
    lake: str = ""
    runs: str = ""
    typed_runs: str = ""
    announced_keys: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class AppliedValue:
    """A value of the file that a command takes, with its key in the file. `read` is the value as it was read."""

    key: str
    value: Any
    read: Any


def current_choice(ctx: click.Context) -> Choice:
    """Return the choices of the current command line, which a group and its command share."""
    shared_choice: Choice = ctx.meta.setdefault(META_KEY, Choice())
    return shared_choice


def is_explicit(ctx: click.Context, name: str) -> bool:
    """Return whether the value of an option is from the command line or an environment variable."""
    return ctx.get_parameter_source(name) in GIVEN_SOURCES


def choose_file(ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path | None:
    """Return the file of --config, or of the group above the command, and apply it."""
    selection = current_choice(ctx)
    selection.file = value or selection.file
    _apply_when_selected(ctx)
    return selection.file


def choose_organization(ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    """Return the organization of --organization, or of the group above the command, and apply its values."""
    selection = current_choice(ctx)
    selection.organization = value or selection.organization
    _apply_when_selected(ctx)
    return selection.organization


def choose_lake(ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    """Return the lake of --lake, which decides what --organization means."""
    current_choice(ctx).lake = value or ""
    _apply_when_selected(ctx)
    return value or ""


def locate_runs(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return the runs folder. The folder of an organization is in the folder that the user gives."""
    selection, group = current_choice(ctx), ctx.parent
    # --runs of a group replaces the environment variable of its command, as --runs of the command does.
    if group and ctx.get_parameter_source("runs") is ParameterSource.ENVIRONMENT:
        is_typed = group.get_parameter_source("runs") is ParameterSource.COMMANDLINE
        value = group.params["runs"] if is_typed else value
    if not selection.organization or selection.lake or (value and value == selection.runs):
        return value
    from iamsql.cli.trust import require_trust  # noqa: PLC0415 - most commands have no file

    configuration = _read_settings(selection)
    require_trust(configuration, configuration.values("", selection.organization).values())
    selection.typed_runs = value or ""
    selection.runs = str(_runs_folder(selection, value))
    return selection.runs


def _runs_folder(selection: Choice, given_folder: str | None) -> Path:
    from iamsql.runs.directory import runs_folder  # noqa: PLC0415 - most commands have no file

    return _read_settings(selection).runs_folder(selection.organization, given_folder, runs_folder())


def _read_settings(selection: Choice) -> Configuration:
    """Read iamsql.toml. Raise IamsqlError for an invalid file."""
    from iamsql.catalog.settings.read import read_configuration  # noqa: PLC0415 - most commands have no file

    return read_configuration(selection.file)


def _apply_when_selected(ctx: click.Context) -> None:
    """Apply the file when all options that select its values are processed: click processes them in any order."""
    # By callback: `iamsql role` has another option --organization.
    callbacks = (choose_file, choose_organization, choose_lake)
    selection_options = [param.name for param in ctx.command.params if param.callback in callbacks]
    selection = current_choice(ctx)
    if ctx.resilient_parsing or any(ctx.get_parameter_source(str(name)) is None for name in selection_options):
        return
    if (
        selection.file is not None
        or (selection.organization and not selection.lake)
        or os.path.lexists(CONFIG_FILE_NAME)
    ):
        applied: dict[str, AppliedValue] = {}
        with suppress(IamsqlError) if ctx.command.name in COMMANDS_THAT_REPORT_ERRORS else nullcontext():
            applied = apply_settings(ctx)
        if applied:
            from iamsql.cli.trust import require_trust  # noqa: PLC0415 - most commands have no file

            require_trust(_read_settings(selection), [item.read for item in applied.values()])


def apply_settings(ctx: click.Context) -> dict[str, AppliedValue]:
    """Make the values of the file defaults of the command's options, and return them by the names of their parameters.

    Raise IamsqlError for a value that an option refuses.
    """
    selection = current_choice(ctx)
    configuration = _read_settings(selection)
    section, organization = command_section(ctx), "" if selection.lake else selection.organization
    values = [*configuration.values("", organization).values()]
    values += [*configuration.values(section, organization).values()] if section else []
    applied: dict[str, AppliedValue] = {}
    for value in values:
        param = find_parameter(ctx.command, value.setting.option)
        if param is None:
            continue
        raw = value.value
        if value.setting.key == "runs" and organization:
            raw = selection.runs = str(_runs_folder(selection, None))
        _check_value(ctx, param, raw, f"{configuration.file.path}: {value.key}")
        applied[str(param.name)] = AppliedValue(value.key, raw, value)
    # The values of the group above, such as `iamsql runs --runs DIR list`, replace the values of the file.
    ctx.default_map = {**{name: item.value for name, item in applied.items()}, **(ctx.default_map or {})}
    ctx.meta[f"{META_KEY}.applied"] = applied
    ctx.meta[f"{META_KEY}.local"] = configuration.file.is_local
    return applied


def command_section(ctx: click.Context) -> str:
    """Return the section of a command: its name, `sync` for `doctor`, and '' for a command of a group below `iamsql`."""
    is_top = ctx.parent is None or ctx.parent.parent is None
    name = str(ctx.command.name)
    return SECTION_BY_COMMAND.get(name, name) if is_top else ""


def find_parameter(command: click.Command, option: str) -> click.Parameter | None:
    """Return the option or argument of a command that a setting declares."""
    return next((param for param in command.params if option in param.opts), None)


def _check_value(ctx: click.Context, param: click.Parameter, value: Any, location: str) -> None:
    """Check a value as click checks an option. Raise IamsqlError that names the file and the key instead of the option."""
    try:
        param.process_value(ctx, value)
    except click.UsageError as error:
        flag = param.opts[0]
        text = error.message.removeprefix(flag)
        raise IamsqlError(f"{location}{text if text != error.message else f': {error.message}'}") from None


def applied_values(ctx: click.Context) -> Iterator[tuple[str, AppliedValue]]:
    """Yield the values of the file that the command uses, with the names of their parameters."""
    applied: dict[str, AppliedValue] = ctx.meta.get(f"{META_KEY}.applied", {})
    for name, item in applied.items():
        is_used = ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
        if is_used and (ctx.default_map or {}).get(name) == item.value:
            yield name, item


def wrap_with_announcement(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that first says which options ./iamsql.toml sets, because the user did not name that file."""

    @wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        announce_settings(click.get_current_context())
        return function(*args, **kwargs)

    return command


def announce_settings(ctx: click.Context) -> None:
    """Print which options of a command ./iamsql.toml sets, each option once."""
    keys = [item.key for _, item in applied_values(ctx)] if ctx.meta.get(f"{META_KEY}.local") else []
    new_keys = [key for key in keys if key not in current_choice(ctx).announced_keys]
    current_choice(ctx).announced_keys.update(new_keys)
    if new_keys and not ctx.params.get("quiet"):
        say(f"./{CONFIG_FILE_NAME} sets {_join_names(new_keys)}.")


def _join_names(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def is_replaced(ctx: click.Context, name: str, *other_names: str) -> bool:
    """Return whether the value of an option is from the file, and the user states one of the others."""
    is_from_file = ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
    return is_from_file and any(is_explicit(ctx, other) for other in other_names)


def selection_arguments(ctx: click.Context) -> list[str]:
    """Return the options that select the file, the organization and the runs folder, as the user would type them again."""
    selection, arguments = current_choice(ctx), list[str]()
    if is_explicit(ctx, "config") and selection.file is not None:
        arguments += ["--config", str(selection.file)]
    if selection.organization:
        arguments += ["--organization", selection.organization]
    runs = selection.typed_runs or ("" if selection.organization else str(ctx.params.get("runs") or ""))
    is_typed = ctx.get_parameter_source("runs") is ParameterSource.COMMANDLINE
    return [*arguments, "--runs", runs] if runs and is_typed else arguments
