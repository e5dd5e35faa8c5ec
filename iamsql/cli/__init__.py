"""The command line: options in, one call, output and an exit code; each command is imported when it is used."""

from __future__ import annotations

import click

from iamsql import __version__
from iamsql.cli.errors import ErrorGroup

COMMANDS = {
    "check": "iamsql.cli.check:check",
    "diff": "iamsql.cli.diff:diff",
    "export": "iamsql.cli.export:export",
    "import": "iamsql.cli.runs:bring",
    "queries": "iamsql.cli.catalog:queries",
    "query": "iamsql.cli.query:query",
    "role": "iamsql.cli.role:role",
    "runs": "iamsql.cli.runs:runs",
    "sync": "iamsql.cli.sync:sync",
    "tables": "iamsql.cli.catalog:tables",
}


@click.group(
    cls=ErrorGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="iamsql", message="%(prog)s %(version)s")
def main() -> None:
    """Ask an AWS organization who can get in, in SQL.

    `iamsql sync` reads the organization into one DuckDB file; `iamsql query NAME` answers from it.
    """
