"""`iamsql lint`: print the findings about query files."""

from __future__ import annotations

from collections.abc import Sequence

import click

from iamsql import render
from iamsql.catalog.settings.groups import QueryFolders, Quiet, Terminal
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.check.lint.files import lint as find
from iamsql.check.lint.findings import Finding, to_result
from iamsql.check.lint.sarif import write_sarif
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.options import is_given
from iamsql.cli.output import plain_stdout, print_rows
from iamsql.cli.terminal import terminal_style
from iamsql.render.cells import pluralize

SARIF = "sarif"


@option_set
class LintOptions(QueryFolders, Terminal, Quiet):
    """The options of the command."""

    names: tuple[str, ...] = argument((), "[QUERY|FILE.sql|FOLDER|shipped…]")
    output: str = option(
        "", "--output", "-o", metavar="FORMAT", default_text="a line for each finding",
        help="Rows as table, csv, json, jsonl, markdown or line, or sarif.",
    )  # fmt: skip


@click.command()
@takes(LintOptions)
def lint(options: LintOptions) -> int:
    """Check query files without a run, and print a line `path:line:column: message [rule]` for each finding.

    The checks find invalid front matter, unknown tables, columns, functions and parameters, comparisons with null, functions
    that read the clock, and rows and lists without an order. Without a name, they read ./queries and the folders of
    --queries. Exit with code 1 if there are findings.
    """
    output = options.output if is_given("output") else ""
    if output:
        render.format_named(output, (SARIF,))
    refused: list[str] = []
    findings = find(options.names, options.query_dirs, refused)
    _print_findings(findings, output, options)
    say_all([*refused, f"{pluralize(len(findings), 'finding')}."], quiet=options.quiet)
    return int(bool(findings))


def _print_findings(findings: Sequence[Finding], output: str, options: LintOptions) -> None:
    if output == SARIF:
        write_sarif(findings, plain_stdout("json"))
    elif output:
        print_rows(to_result(findings), output, terminal_style(options.color, options.wide))
    else:
        for finding in findings:
            click.echo(str(finding))
