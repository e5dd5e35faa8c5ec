"""The values that the options of another command have without a command line: from environment variables, file and defaults."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import click
from click.core import ParameterSource

from iamsql.catalog.settings.declarations import SETTINGS_BY_SECTION, TEXTS, Setting
from iamsql.cli.settings import CONFIG_FILE_NAME, AppliedValue, apply_settings, current_choice, find_parameter
from iamsql.runs.directory import runs_folder

MASKED_VALUE = "(set)"


@dataclass(frozen=True)
class EffectiveValue:
    """A setting with the value that its command uses, and where the value comes from."""

    setting: Setting
    value: Any
    origin: str

    @property
    def text(self) -> str:
        """Return the value as text. For a secret, return only the kinds of its values, such as `webhook:…`."""
        if self.setting.secret and self.value:
            is_list = self.setting.form == TEXTS
            return ", ".join(_target_kind(str(item)) for item in self.value) if is_list else MASKED_VALUE
        return format_setting(self.value)


def effective_values(ctx: click.Context, command: str, section: str) -> Iterator[EffectiveValue]:
    """Yield the settings of a section with the values that a command uses. Raise an error for a value that it refuses."""
    command_context = _context_of_command(ctx, command)
    applied: dict[str, AppliedValue] = command_context.meta.get("iamsql.settings.applied", {})
    for setting in SETTINGS_BY_SECTION[section]:
        param = find_parameter(command_context.command, setting.option)
        if param is None:
            continue
        value = _parameter_value(command_context, param)
        if setting.option == "--runs":
            value = str(runs_folder(value))
        yield EffectiveValue(
            setting, value, _value_origin(command_context, param, applied.get(str(param.name)), setting)
        )


def _context_of_command(ctx: click.Context, name: str) -> click.Context:
    """Return a context of another command, with the file and the organization of the current one."""
    root = ctx.find_root()
    command = cast(click.Group, root.command).get_command(root, name)
    if command is None:
        raise click.UsageError(f"There is no command {name!r}.")
    command_context = click.Context(command, info_name=name, parent=root)
    selection = current_choice(command_context)
    command_context.meta.pop("iamsql.settings.applied", None)
    if selection.file is not None or selection.organization or os.path.lexists(CONFIG_FILE_NAME):
        apply_settings(command_context)
    return command_context


def _parameter_value(ctx: click.Context, param: click.Parameter) -> Any:
    value, source = param.consume_value(ctx, {})
    ctx.set_parameter_source(str(param.name), source)
    value = param.process_value(ctx, value)
    return None if value is getattr(click.core, "UNSET", None) else value


def _value_origin(ctx: click.Context, param: click.Parameter, applied: AppliedValue | None, setting: Setting) -> str:
    source = ctx.get_parameter_source(str(param.name))
    if source is ParameterSource.ENVIRONMENT:
        return f"environment variable {param.envvar}"
    if source is not ParameterSource.DEFAULT_MAP or applied is None:
        return "default"
    file = str(current_choice(ctx).file or CONFIG_FILE_NAME)
    return file if applied.key == setting.name else f"{file}: {applied.key}"


def format_setting(value: Any) -> str:
    """Return a value as text: lists separated by commas, '' for no value."""
    if isinstance(value, tuple | list):
        return ", ".join(format_setting(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _target_kind(target: str) -> str:
    kind, separator, _ = target.partition(":")
    return f"{kind}:…" if separator else kind
