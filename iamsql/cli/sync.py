"""`iamsql sync`: read an organization into a run file."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from iamsql.catalog.settings.groups import Organizations, QueryFolders, RunsFolder
from iamsql.catalog.settings.option import option, option_set, options_of
from iamsql.catalog.settings.sync_options import OPTION_GROUPS, SyncOptions
from iamsql.cli.declared import build_options, takes
from iamsql.cli.errors import say_all
from iamsql.cli.options import check_window
from iamsql.cli.output import print_rows
from iamsql.cli.progress import progress
from iamsql.cli.settings import current_choice, is_replaced, selection_arguments
from iamsql.cli.terminal import terminal_style
from iamsql.model.layout import DisplayOptions
from iamsql.runs.directory import runs_folder
from iamsql.sync import Options, plan
from iamsql.sync import sync as collect
from iamsql.tables.names import match_tables

GAPS_EXIT_CODE = 3
# Loaded for --for only, because the packages of queries and checks would delay every other sync.


@option_set
class SyncCommand(SyncOptions, RunsFolder, QueryFolders, Organizations):
    """The options of a sync, and where its runs are."""

    every: bool = option(
        False, "--all", help="Read all organizations of the configuration file, each into its own run."
    )


@click.command()
@takes(SyncCommand)
def sync(command: SyncCommand) -> int:
    """Read the accounts of an organization into a run file.

    Without an organization, read the account of the credentials. An account or call that fails is recorded with the reason,
    and the rest is read. The summary on stderr lists what is missing. Options that are rarely needed are keys of the section
    [sync] of iamsql.toml only.
    """
    if (command.resume or command.retry_gaps) and command.dry_run:
        raise click.UsageError("--dry-run estimates a new run; omit --resume and --retry-gaps.")
    if command.resume and command.retry_gaps:
        raise click.UsageError("Use --resume or --retry-gaps, not both.")
    if command.every:
        from iamsql.cli.sync_all import sync_all  # noqa: PLC0415 - for several organizations only

        return sync_all(command)
    options = sync_options(command)
    if options.dry_run:
        estimate = plan(options)
        print_rows(estimate, "table", terminal_style("auto"), display=DisplayOptions(estimate.columns))
        return 0
    outcome = collect(options, progress(options.quiet))
    say_all(outcome.lines, quiet=options.quiet)
    return GAPS_EXIT_CODE if options.strict and outcome.gaps else 0


def options_in(ctx: click.Context) -> Options:
    """Return the options of a sync from a context of the command, which must be the current one."""
    return sync_options(build_options(SyncCommand, ctx.params))


def sync_options(command: SyncCommand) -> Options:
    """Return the options of a sync from the options of the command that runs now."""
    values = {item.name: getattr(command, item.name) for item in options_of(SyncOptions)} | _replaced_defaults()
    check_window(values["days"], values["start_date"], values["end_date"])
    if command.shard and not (command.as_of or command.resume or command.retry_gaps or command.demo):
        raise click.UsageError("--shard needs --as-of TIME, which must be the same for all shards of the run.")
    if command.day and not command.demo:
        raise click.UsageError("--day selects a day of the sample organization; add --demo.")
    if command.tables:
        match_tables(command.tables)  # an unknown table is an error before credentials are needed
    return Options(
        runs=runs_folder(command.runs),
        **values,
        query_tables=tables_of_names(command.queries, command.quiet, command.query_dirs),
        # An option with the value of its default differs from an option that was not given, for --resume.
        given_options=_given_options(),
        selection=_selecting_options(),
    )


def tables_of_names(names: tuple[str, ...], quiet: bool, query_dirs: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the tables that the names of --for need. `query_dirs` are additional folders of queries."""
    if not names:
        return ()
    from iamsql.check.dependencies import tables_for  # noqa: PLC0415 - for --for only
    from iamsql.check.selection import load_catalog  # noqa: PLC0415 - for --for only

    checks = load_catalog(query_dirs)
    say_all(checks.notes(names), quiet=quiet)
    return tables_for(checks, names)


def _replaced_defaults() -> dict[str, Any]:
    """Return empty values for the options of the file that the options of the user replace."""
    context, defaults = click.get_current_context(), {item.name: item.default for item in options_of(SyncOptions)}
    return {name: defaults[name] for group in OPTION_GROUPS for name in group if is_replaced(context, name, *group)}


def _selecting_options() -> tuple[str, ...] | None:
    """Return the options that select the configuration and the runs folder; None without a configuration."""
    context = click.get_current_context()
    selection = current_choice(context)
    return tuple(selection_arguments(context)) if selection.file or selection.organization else None


def _given_options() -> frozenset[str]:
    """Return the names of the options that the user gave, with any value."""
    context = click.get_current_context()
    user_sources = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return frozenset(name for name in context.params if context.get_parameter_source(name) in user_sources)
