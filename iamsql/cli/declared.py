"""Options of commands, made of the declarations of a dataclass; a command receives an instance of the dataclass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from iamsql.catalog.settings.groups import ConfigFile, LakeRuns, QueryFolders, RunsFolder
from iamsql.catalog.settings.option import PATH, PATHS, Option, options_of
from iamsql.cli.options import CONFIG_OPTION, ORGANIZATION_OPTION, add_config_options
from iamsql.cli.settings import CONFIG_FILE_NAME, choose_lake, locate_runs
from iamsql.model import IamsqlError

Options = TypeVar("Options")
Command = Callable[..., Any]
Decorator = Callable[[Command], Command]
NO_VALUES = (None, "", ())
CONTEXT_CALLBACKS = {
    ("runs", RunsFolder): locate_runs,
    ("lake", LakeRuns): choose_lake,
}  # callbacks that need the context


class FileOption(click.Parameter):
    """An option that iamsql.toml or an environment variable sets, and that the command line does not have."""

    param_type_name = "setting"

    def __init__(self, param_decls: list[str], *, replacement: str, is_flag: bool = False, **attributes: Any) -> None:
        """Store what the user can do instead of typing the flag, as a sentence."""
        self.replacement, self.is_flag = replacement, is_flag
        super().__init__(param_decls, **attributes)

    def _parse_decls(self, decls: Any, expose_value: bool) -> tuple[str, list[str], list[str]]:
        name, *flags = decls
        return name, flags, []

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return the name in an error about a value: only an environment variable or the file has set it."""
        return f"'{self.envvar or self.name}'"

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Add nothing: the parser refuses the flag."""


def takes(options_class: type[Options]) -> Callable[[Callable[..., Any]], Command]:
    """Return a decorator that adds the options of a dataclass to a command, which receives an instance as its first argument."""

    def decorate(command: Callable[..., Any]) -> Command:
        names = {field.name for field in fields(options_class)}  # type: ignore[arg-type]  # a dataclass

        @wraps(command)
        def receive(*args: Any, **values: Any) -> Any:
            other_values = {name: value for name, value in values.items() if name not in names}
            return command(build_options(options_class, values), *args, **other_values)

        configured = _add_configuration_options(options_class)(receive)
        return add_options(options_class)(configured)

    return decorate


def _add_configuration_options(options_class: type) -> Decorator:
    """Return a decorator that adds --config and --organization to a command with options of the file."""
    if issubclass(options_class, ConfigFile):
        return lambda command: CONFIG_OPTION(ORGANIZATION_OPTION(command))
    return add_config_options if issubclass(options_class, RunsFolder | QueryFolders) else lambda command: command


def build_options(options_class: type[Options], values: Mapping[str, Any]) -> Options:
    """Return the options as an instance, from the values of the parameters of a command, which may have others."""
    names = [field.name for field in fields(options_class)]  # type: ignore[arg-type]
    return options_class(**{name: values[name] for name in names if name in values})


def add_options(options_class: type) -> Decorator:
    """Return a decorator that adds the options of a dataclass to a command, which receives their values as keywords."""

    def decorate(command: Command) -> Command:
        for item in reversed(options_of(options_class)):
            command = _make_parameter(item, options_class)(command)
        return command

    return decorate


def _make_parameter(item: Option, options_class: type) -> Decorator:
    declared = item.declared
    attributes: dict[str, Any] = {
        "default": item.default,
        "callback": (processed := _group_callback(item, options_class)) or _check_callback(item),
        "is_eager": processed is choose_lake,  # the meaning of --organization depends on it
        "envvar": declared.envvar or None,
    }
    is_flag = item.value_type is bool
    if not is_flag:
        attributes |= {"type": _click_type(item), "metavar": declared.metavar or None}
    if not declared.flags:
        takes_many = {"nargs": -1} if item.is_multiple else {}
        del attributes["envvar"]
        if declared.required:
            del attributes["default"]
        return click.argument(item.name, **{**attributes, **takes_many, "required": declared.required})
    names, attributes["multiple"] = [item.name, *declared.flags], item.is_multiple
    if declared.only_file:
        attributes |= {"type": click.BOOL} if is_flag else {}
        return click.option(*names, cls=FileOption, replacement=_replacement_hint(item), is_flag=is_flag, **attributes)  # type: ignore[arg-type]
    if is_flag:
        attributes |= {"is_flag": True}
    elif declared.flag_value:
        attributes |= {"is_flag": False, "flag_value": "", "default": None, "metavar": declared.flag_value}
    if declared.required:
        del attributes["default"]
    shows_default = not is_flag and not declared.default_text and item.default not in (None, "", ())
    return click.option(
        *names, help=_help_text(item), required=declared.required, show_default=shows_default, **attributes
    )


def _click_type(item: Option) -> Any:
    """Return the type of click for one value."""
    declared, value_type = item.declared, item.value_type
    if declared.choices:
        return click.Choice(declared.choices)
    if declared.bounds:
        low, high = declared.bounds
        return click.IntRange(low, high) if value_type is int else click.FloatRange(low, high)
    if value_type is Path:
        return click.Path(exists=declared.exists, dir_okay=not declared.exists, path_type=Path)
    if declared.form == PATHS:
        return click.Path()  # an environment variable has paths separated as in PATH
    return str if value_type is timedelta or declared.form == PATH else value_type


def _group_callback(item: Option, options_class: type) -> Any:
    """Return the callback of an option of a group in CONTEXT_CALLBACKS, or None."""
    return next(
        (
            call
            for (name, group), call in CONTEXT_CALLBACKS.items()
            if name == item.name and issubclass(options_class, group)
        ),
        None,
    )


def _check_callback(item: Option) -> Any:
    """Return the callback that checks a value. For an option with an optional value, no value is True and no option False."""
    check = item.declared.check
    if not check:
        return None

    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if item.declared.flag_value:
            value = False if value is None else value or True
        try:
            is_checked = value not in NO_VALUES or (value == "" and item.declared.checks_empty)
            return check(_option_label(ctx, param), value) if is_checked else value
        except IamsqlError as error:
            raise click.UsageError(str(error)) from None

    return callback


def _option_label(ctx: click.Context, param: click.Parameter) -> str:
    """Return the name of an option in an error: its flag, or the environment variable that set it."""
    is_variable = ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT
    return str(param.envvar) if is_variable and isinstance(param, FileOption) else param.opts[0]


def _help_text(item: Option) -> str:
    parts = [item.declared.help, "Repeatable." if item.is_multiple else ""]
    default = f"[default: {item.declared.default_text}]" if item.declared.default_text else ""
    return " ".join(part for part in (*parts, default) if part)


def _replacement_hint(item: Option) -> str:
    """Return the sentence that says which key of iamsql.toml replaces a flag."""
    declared = item.declared
    section = declared.toml.rpartition(".")[0]
    location = f"the section [{section}] of {CONFIG_FILE_NAME}" if section else CONFIG_FILE_NAME
    variable = f", or the environment variable {declared.envvar}" if declared.envvar else ""
    return f"Set it in {location}: {item.key} = {declared.example}{variable}"
