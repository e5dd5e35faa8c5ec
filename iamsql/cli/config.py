"""`iamsql config`: show the settings with their origin, print the JSON Schema of iamsql.toml, and trust files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import click

from iamsql.catalog import Config, shortened_list
from iamsql.catalog.settings.declarations import SETTINGS_BY_SECTION
from iamsql.catalog.settings.groups import ConfigFile, QueryFolders, Quiet, Rows
from iamsql.catalog.settings.json_schema import json_schema
from iamsql.catalog.settings.option import argument, option_set
from iamsql.catalog.settings.read import read_configuration
from iamsql.catalog.settings.trust import is_trusted, keys_to_trust
from iamsql.check.selection import load_catalog
from iamsql.cli.config_trust import trust
from iamsql.cli.declared import takes
from iamsql.cli.effective import effective_values, format_setting
from iamsql.cli.errors import say_all
from iamsql.cli.output import print_rows
from iamsql.cli.settings import current_choice
from iamsql.cli.terminal import terminal_style
from iamsql.cli.trust import MAX_SHOWN_KEYS
from iamsql.model import Result

Row = tuple[str, str, str]
COLUMNS = ("setting", "value", "origin")
COMMANDS_WITH_ALL_KEYS = ("check", "sync")  # commands that together have the keys of every command


@click.group()
def config() -> None:
    """Show the settings of iamsql.toml, trust a file, or print the JSON Schema."""


config.add_command(trust)


@option_set
class ShowOptions(QueryFolders, ConfigFile, Rows, Quiet):
    """The options of `iamsql config show`."""

    command: str | None = argument(None, "[COMMAND]")


@config.command()
@takes(ShowOptions)
def show(options: ShowOptions) -> None:
    """Show each setting with its value and its origin: default, the file, or an environment variable.

    With COMMAND, show the settings of this command. The whole file is validated. Secrets are shown as `(set)`.
    """
    config = load_catalog(options.query_dirs).read_config(options.config)
    rows = [*_option_rows(click.get_current_context(), options.command)]
    if options.command is None or _reads_args(options.command):
        rows += _query_value_rows(config)
    result = Result(COLUMNS, rows, ("VARCHAR",) * len(COLUMNS))
    print_rows(result, options.output, terminal_style(options.color, options.wide))
    say_all(
        [*_trust_notes(), f"Read {config.path}." if config.path else "There is no ./iamsql.toml."], quiet=options.quiet
    )


def _trust_notes() -> list[str]:
    """Return a line about the settings that commands do not take from ./iamsql.toml until the user trusts it."""
    configuration = read_configuration(current_choice(click.get_current_context()).file)
    keys = keys_to_trust(configuration)
    if not keys or is_trusted(configuration.file):
        return []
    return [
        f"Commands ask before they use {shortened_list(keys, MAX_SHOWN_KEYS)}. To trust the file: iamsql config trust"
    ]


@config.command()
def schema() -> None:
    """Print the JSON Schema of iamsql.toml. Editors use it to complete and check the file."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _reads_args(command: str) -> bool:
    """Return whether a command uses the parameter values and suppressions of the file."""
    root = click.get_current_context().find_root()
    click_command = cast(click.Group, root.command).get_command(root, command)
    return click_command is not None and any(
        param.name == "config" and param.expose_value for param in click_command.params
    )


def _query_value_rows(config: Config) -> list[Row]:
    values = [(f"args.{query}.{name}", value) for query, args in config.args.items() for name, value in args.items()]
    sources = [*config.mute_files, *(f"a mute of {table.get('control', '*')}" for table in config.mutes)]
    mutes = [("mutes", format_setting(sources), config.path)] if sources else []
    return [*mutes, *((name, format_setting(value), config.path) for name, value in values)]


def _option_rows(ctx: click.Context, command: str | None) -> Iterator[Row]:
    """Yield a row for each setting of a command, or of all commands."""
    root = ctx.find_root()
    commands = cast(click.Group, root.command).list_commands(root)
    sections = [command] if command else [section for section in SETTINGS_BY_SECTION if section in commands]
    all_sections = [(name, "") for name in ([command] if command else COMMANDS_WITH_ALL_KEYS)]
    rows = dict[str, Row]()
    for name, section in [*all_sections, *((name, name) for name in sections if name in SETTINGS_BY_SECTION)]:
        for item in effective_values(ctx, name, section):
            rows.setdefault(item.setting.name, (item.setting.name, item.text, item.origin))
    yield from rows.values()
