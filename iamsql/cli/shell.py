"""`iamsql query` without a query: the interactive prompt, if standard input and output are a terminal."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from iamsql import render
from iamsql.cli.errors import fit_terminal, say_all
from iamsql.cli.lake_reading import Reading
from iamsql.cli.output import isolated_limits
from iamsql.cli.terminal import plain_stdout, show_in_pager, terminal_style
from iamsql.query import shell
from iamsql.runs.latest import choose
from iamsql.runs.store.reader import open_run

if TYPE_CHECKING:
    from iamsql.cli.query import QueryOptions

OPTIONS_OF_QUERY = {"--arg", "--out", "--csv-safe", "--explain", "--fail-on-rows"}  # options of a single query


def open_prompt(options: QueryOptions, location: Reading) -> int:
    """Open the shell over the run that the options select; raise UsageError if there is no terminal."""
    _require_terminal()
    render.format_named(options.output)
    run_choice = choose(location.folder, location.run)
    say_all(run_choice.notes, quiet=options.quiet)
    with closing(open_run(run_choice.run, allow_files=options.allow_files, limits=isolated_limits(options))) as reader:
        state = shell.State(
            reader,
            show=_show_text,
            page=_page_text,
            say=lambda line: click.echo(fit_terminal(line), err=True),
            query_dirs=options.query_dirs,
            output=options.output,
            dialect=options.language or "duckdb",
            quiet=options.quiet,
            style=lambda: terminal_style(options.color),
            wide=options.wide,
            is_trusted=options.allow_files or options.allow_copy,
        )
        shell.run_shell(state)
    return 0


def _require_terminal() -> None:
    """Raise UsageError if an option requires a query, or if there is no terminal."""
    # The prompt has commands for output, dialect and explain; an argument or a file of one query has no meaning there.
    context = click.get_current_context()
    command_line = click.core.ParameterSource.COMMANDLINE
    names = [name for name in context.params if context.get_parameter_source(name) is command_line]
    given_options = [param.opts[0] for param in context.command.params if param.name in names]
    for option in given_options:
        if option in OPTIONS_OF_QUERY:
            raise click.UsageError(f"{option} needs a query: iamsql query NAME {option} …")
    if sys.stdin.isatty() and sys.stdout.isatty():
        return
    if not given_options:
        click.echo(context.get_help() + "\n", err=True)
    raise click.UsageError("Missing NAME, SQL or FILE.sql; - reads SQL from standard input. A prompt needs a terminal.")


def _show_text(text: str) -> None:
    stream = plain_stdout()
    stream.write(text)
    stream.flush()


def _page_text(text: str) -> None:
    style = terminal_style(click.get_current_context().params["color"])
    show_in_pager(text, has_color=style is not None and style.color)
