"""The command line: parse options, make one call, write the result, exit with a code. Command modules load when they are used."""

from __future__ import annotations

import click

from iamsql import __version__
from iamsql.cli.errors import ErrorGroup

# The location and the summary of each command; with the summary here, `iamsql --help` loads no command.
COMMANDS = {
    "check": ("iamsql.cli.check:check", "Run the controls of a BENCHMARK or TAG, or run detections."),
    "diff": ("iamsql.cli.diff:diff", "Compare two runs of one organization."),
    "export": ("iamsql.cli.export:export", "Write the tables of a run to a new or empty folder."),
    "import": ("iamsql.cli.import_:import_", "Make a run from files."),
    "queries": ("iamsql.cli.catalog:queries", "List the queries, or show one."),
    "query": ("iamsql.cli.query:query", "Run a query, a file or SQL, or open a prompt."),
    "role": ("iamsql.cli.role:role", "Print the least-privilege IAM policy."),
    "runs": ("iamsql.cli.runs:runs", "List the runs, show one, verify them, or delete old ones."),
    "sync": ("iamsql.cli.sync:sync", "Read the accounts of an organization into a run file."),
    "tables": ("iamsql.cli.catalog:tables", "List the tables, or show one."),
}


@click.group(
    cls=ErrorGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="iamsql", message="%(prog)s %(version)s")
def main() -> None:
    """Query the identities of an AWS organization with SQL.

    `iamsql sync` reads the organization into one DuckDB file; `iamsql query NAME` runs a query over it.
    """
