"""`iamsql sync --all`: sync all organizations of the configuration file, and print a row for each."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iamsql import render
from iamsql.catalog.settings.read import Configuration, read_configuration
from iamsql.cli.errors import say
from iamsql.cli.output import plain_stdout
from iamsql.cli.settings import current_choice, is_explicit
from iamsql.cli.trust import require_trust
from iamsql.model import IamsqlError
from iamsql.runs.directory import runs_folder
from iamsql.sync.organizations import sync_organizations

if TYPE_CHECKING:
    from iamsql.cli.sync import SyncCommand

OWN_OPTIONS = ("every", "config")  # the options of this command, which its processes do not get
EXTERNAL_ID_OPTION = "external_id"  # passed in the environment, which other users of the machine cannot read


def sync_all(command: SyncCommand) -> int:
    """Sync the organizations, as many at a time as `jobs` says, with the options of the command line. Return the exit code."""
    ctx = click.get_current_context()
    if command.dry_run:
        raise click.UsageError("--dry-run estimates one organization; use --organization NAME instead of --all.")
    configuration = read_organizations(ctx)
    given_folder = command.runs if is_explicit(ctx, "runs") else None
    names = list(configuration.organizations)
    folders = {name: configuration.runs_folder(name, given_folder, runs_folder()) for name in names}
    typed_arguments = typed_options(ctx)
    environment = {"IAMSQL_EXTERNAL_ID": str(command.external_id)} if is_explicit(ctx, EXTERNAL_ID_OPTION) else {}
    try:
        outcome = sync_organizations(
            typed_arguments, folders, command.jobs, lambda name, line: say(f"{name}: {line}"), environment
        )
    except KeyboardInterrupt:
        resume_command = shlex.join(["iamsql", "sync", *_config_words(ctx), "--organization", "NAME", "--resume"])
        raise KeyboardInterrupt(f"Stopped. Continue an organization with: {resume_command}") from None
    render.write(outcome.result, "table", plain_stdout())
    return outcome.exit_code


def read_organizations(ctx: click.Context) -> Configuration:
    """Return the configuration of --all. Raise an error with --organization, and for a file without organizations."""
    if current_choice(ctx).organization:
        raise click.UsageError("Use --organization or --all, not both.")
    configuration = read_configuration(current_choice(ctx).file)
    if not configuration.organizations:
        file_label = configuration.file.path or "There is no ./iamsql.toml, and --config"
        raise IamsqlError(f"{file_label} names no organization.\nAdd a table for each, such as [organization.prod].")
    require_trust(configuration)  # the processes of the organizations cannot ask
    return configuration


def typed_options(ctx: click.Context, excluded: Sequence[str] = ()) -> list[str]:
    """Return the options of the command line as words, without `excluded`, the options of --all and the external ID."""
    arguments = _config_words(ctx)
    for param in ctx.command.params:
        name = str(param.name)
        source = ctx.get_parameter_source(name)
        if source is click.core.ParameterSource.COMMANDLINE and name not in (
            *OWN_OPTIONS,
            EXTERNAL_ID_OPTION,
            *excluded,
        ):
            arguments += _option_words(param.opts[0], ctx.params.get(name))
    return arguments


def _option_words(flag: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [flag]
    return [f"{flag}={item}" for item in (value if isinstance(value, tuple) else (value,))]


def _config_words(ctx: click.Context) -> list[str]:
    file = current_choice(ctx).file
    return ["--config", str(Path(file))] if file is not None else []
