"""`iamsql query` without a query: the prompt, where there is a terminal on both sides."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import Any

import click

from iamsql.cli.query import bounds, plain_stdout

ONE_ANSWER = {
    "args": "--arg",
    "export": "--export",
    "csv_safe": "--csv-safe",
    "explain": "--explain",
    "fail_on_rows": "--fail-on-rows",
}
LESS = "FRSX"  # a short page is left as it is, long lines are cut and can be moved along


def open_prompt(options: dict[str, Any]) -> int:
    """Open the shell over the run that the options name; raise UsageError where nobody could type into it."""
    _check_place()
    from iamsql import render, shell
    from iamsql.cli.errors import say
    from iamsql.query.session import Session
    from iamsql.runs import runs_folder
    from iamsql.runs.latest import choose

    render.format_named(options["output"])
    chosen = choose(runs_folder(options["runs"]), options["run"])
    for note in () if options["quiet"] else chosen.notes:
        say(note)
    with closing(Session(chosen.path, options["allow_files"], bounds(options), options["allow_copy"])) as session:
        state = shell.State(
            session,
            show=_show,
            page=_page,
            say=lambda line: click.echo(line, err=True),
            query_dirs=options["query_dirs"],
            output=options["output"],
            dialect=options["language"] or "duckdb",
            quiet=options["quiet"],
        )
        shell.talk(state)
    return 0


def _check_place() -> None:
    """Refuse what makes no sense without a query; without a terminal, say how standard input is read."""
    context = click.get_current_context()
    given = [
        name for name in context.params if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    for name in given:
        if name in ONE_ANSWER:
            raise click.UsageError(f"{ONE_ANSWER[name]} needs a query: iamsql query NAME {ONE_ANSWER[name]} …")
    if sys.stdin.isatty() and sys.stdout.isatty():
        return
    if not given:
        click.echo(context.get_help() + "\n", err=True)
    raise click.UsageError("Missing NAME, SQL or FILE.sql; - reads SQL from standard input. A prompt needs a terminal.")


def _show(text: str) -> None:
    stream = plain_stdout()
    stream.write(text)
    stream.flush()


def _page(text: str) -> None:
    os.environ.setdefault("LESS", LESS)
    click.echo_via_pager(text, color=False)
