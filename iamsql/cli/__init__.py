"""The command line speaks and does not think; what is heavy is imported by the command that needs it."""

from __future__ import annotations

import click

from iamsql import __version__
from iamsql.cli.check import check
from iamsql.cli.diff import diff
from iamsql.cli.export import export
from iamsql.cli.front import Front
from iamsql.cli.library import queries, tables
from iamsql.cli.query import query
from iamsql.cli.role import role
from iamsql.cli.runs import bring, runs
from iamsql.cli.sync import sync


@click.group(cls=Front, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="iamsql", message="%(prog)s %(version)s")
def main() -> None:
    """Ask an AWS organization who can get in, in SQL.

    `iamsql sync` reads the organization into one DuckDB file; `iamsql query NAME` answers from it.
    """


for command in (sync, query, check, queries, tables, runs, diff, export, bring, role):
    main.add_command(command)
