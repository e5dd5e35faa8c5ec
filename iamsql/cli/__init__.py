"""The command line. A command parses its options, makes one call, writes the result and exits with a code."""

from __future__ import annotations

import click

from iamsql.cli.errors import ErrorGroup
from iamsql.version import __version__

# The location and the summary of each command. Because the summary is here, `iamsql --help` does not load the commands.
COMMANDS = {
    "check": ("iamsql.cli.check:check", "Run benchmarks, controls or detections."),
    "completion": ("iamsql.cli.completion:completion", "Print the completion script of a shell."),
    "config": ("iamsql.cli.config:config", "Show the settings of iamsql.toml, trust a file, or print the JSON Schema."),
    "deploy": ("iamsql.cli.deploy:deploy", "Print templates that deploy the audit role and scheduled runs."),
    "diff": ("iamsql.cli.diff:diff", "Compare two runs of one organization."),
    "doctor": ("iamsql.cli.doctor:doctor", "Check what a sync needs, and suggest what to do."),
    "export": (
        "iamsql.cli.export:export",
        "Write the tables of a run to Parquet or CSV files, or its reports to a spreadsheet.",
    ),
    "import": (
        "iamsql.cli.import_:import_",
        "Create a run from files: AWS CLI output, credential reports, CloudTrail log files.",
    ),
    "lake": ("iamsql.cli.lake:lake", "Keep many runs as Parquet files, in a folder or in S3."),
    "lint": ("iamsql.cli.lint:lint", "Check query files without a run."),
    "mcp": ("iamsql.cli.mcp:mcp", "Serve a run to an assistant over the Model Context Protocol."),
    "notify": ("iamsql.cli.notify:notify", "Send what changed since the previous run to one or more targets."),
    "policy": ("iamsql.cli.policy:policy", "Print the least-privilege policy of a user or role, from its use."),
    "queries": ("iamsql.cli.catalog:queries", "List the queries, or show a query."),
    "query": ("iamsql.cli.query:query", "Run a query, a file or SQL, or open a prompt."),
    "report": ("iamsql.cli.report:report", "Write a run as one HTML page."),
    "role": ("iamsql.cli.role:role", "Print the least-privilege IAM policy."),
    "run": ("iamsql.cli.run:run", "Sync, check, report, notify and prune, for schedulers."),
    "runs": ("iamsql.cli.runs:runs", "List, show, verify and delete runs."),
    "sync": ("iamsql.cli.sync:sync", "Read the accounts of an organization into a run file."),
    "tables": ("iamsql.cli.catalog:tables", "List the tables, or show a table."),
    "test": ("iamsql.cli.test:test", "Test queries over the sample organization."),
}


@click.group(
    cls=ErrorGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="iamsql", message="%(prog)s %(version)s")
def main() -> None:
    """Query the identities of an AWS organization with SQL.

    `iamsql sync` reads the organization into one DuckDB file; `iamsql query NAME` runs a query over it.
    """
