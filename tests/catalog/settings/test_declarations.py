"""The declared settings are options of their commands, with the same types and values."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from iamsql.catalog.settings.declarations import (
    BOOLEAN,
    INTEGER,
    OPTION_GROUPS,
    PATHS,
    SETTINGS,
    SETTINGS_BY_SECTION,
    SYNC_SETTINGS,
    TABLES_OF_ORGANIZATION,
    TEXTS,
    Setting,
)
from iamsql.catalog.settings.file import CONFIG_FILE_NAME, SECTIONS
from iamsql.cli import COMMANDS, main
from iamsql.cli import settings as cli_settings
from iamsql.cli.declared import FileOption
from iamsql.cli.settings import find_parameter
from iamsql.sync import Options

CONTEXT = click.Context(main)


def commands_with(option: str) -> list[tuple[str, click.Command]]:
    """Return the commands, and the commands of groups, that have an option."""
    commands = []
    for name in main.list_commands(CONTEXT):
        command = main.get_command(CONTEXT, name)
        assert command is not None
        inner = list(command.commands.items()) if isinstance(command, click.Group) else []
        commands += [(f"{name} {below}", item) for below, item in inner] + [(name, command)]
    return [(name, command) for name, command in commands if find_parameter(command, option)]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_setting_is_an_option_of_its_command(setting: Setting) -> None:
    name = setting.section or ("sync" if setting.key == "jobs" else "check")
    if name not in COMMANDS:
        pytest.skip(f"there is no command {name}")
    command = main.get_command(CONTEXT, name)
    assert command is not None
    param = find_parameter(command, setting.option)
    assert param is not None, f"{name} has no {setting.option}"
    assert (param.multiple or param.nargs == -1) == (setting.form in (TEXTS, PATHS))
    assert getattr(param, "is_flag", False) == (setting.form == BOOLEAN)
    assert isinstance(param.type, click.types.IntParamType) == (setting.form == INTEGER)
    if isinstance(param.type, click.Choice) and setting.choices:
        assert setting.choices == tuple(param.type.choices)
    assert isinstance(param.type, click.Choice) or not setting.choices


def test_each_option_of_sync_that_describes_an_organization_is_a_setting() -> None:
    command = main.get_command(CONTEXT, "sync")
    assert command is not None
    of_one_run = (
        "demo day shard as_of dry_run resume retry_gaps every quiet config organization runs query_dirs jobs".split()
    )
    declared = {param.name for setting in SYNC_SETTINGS if (param := find_parameter(command, setting.option))}
    visible = {param.name for param in command.params if not getattr(param, "hidden", False)}
    assert visible == declared | set(of_one_run)


def options_by_command(command: click.Command, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield the options in the help of each command, by its name."""
    options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    yield name, [param.opts[0] for param in options]
    if isinstance(command, click.Group):
        for below in command.list_commands(CONTEXT):
            subcommand = command.get_command(CONTEXT, below)
            assert subcommand is not None
            yield from options_by_command(subcommand, f"{name} {below}".strip())


def test_a_command_has_few_options() -> None:
    limits = {"sync": 28}
    counts = {name: len(options) for name, options in options_by_command(main)}
    assert not {name: count for name, count in counts.items() if count > limits.get(name, 25)}
    assert limits.keys() <= counts.keys()


def test_an_environment_variable_is_named_in_an_error_about_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAMSQL_TIMEOUT", "soon")
    result = CliRunner().invoke(main, ["check", "root_mfa"])
    assert (
        result.exit_code == 2
        and "Invalid value for 'IAMSQL_TIMEOUT'" in result.stderr
        and "--timeout" not in result.stderr
    )


def test_an_option_that_only_the_file_has_is_refused_with_its_key() -> None:
    refused = [
        (name, param)
        for name in main.list_commands(CONTEXT)
        if isinstance(command := main.get_command(CONTEXT, name), click.Command)
        for param in command.params
        if isinstance(param, FileOption)
    ]
    assert {"sync", "doctor", "check", "diff", "notify", "run"} == {name for name, _ in refused}
    for name, param in refused:
        result = CliRunner().invoke(main, [name, param.opts[0]])
        assert result.exit_code == 2 and result.stderr.startswith(
            f"Error: There is no option {param.opts[0]}. Set it in "
        )
        assert any(f": {setting.key} = {setting.example}" in result.stderr for setting in SETTINGS)


def test_each_command_with_runs_or_queries_reads_the_file() -> None:
    commands = {name: command for option in ("--runs", "--queries") for name, command in commands_with(option)}
    assert {"sync", "query", "runs prune", "export", "tables"} <= commands.keys()
    missing = [
        name
        for name, command in commands.items()
        for option in ("--config", "--organization")
        if not find_parameter(command, option)
    ]
    assert not missing


def test_names_are_unique_and_sections_match_the_reader() -> None:
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    assert tuple(name for name in SETTINGS_BY_SECTION if name) == SECTIONS
    assert CONFIG_FILE_NAME == cli_settings.CONFIG_FILE_NAME
    keys = {setting.key for setting in SYNC_SETTINGS}
    assert not keys & {"runs", *TABLES_OF_ORGANIZATION}
    assert {key for group in OPTION_GROUPS for key in group} <= keys


def test_the_external_id_is_a_secret_of_the_settings_and_of_the_run_file() -> None:
    (setting,) = [setting for setting in SYNC_SETTINGS if setting.key == "external_id"]
    assert setting.secret and not Options.__dataclass_fields__["external_id"].repr
