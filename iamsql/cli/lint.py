"""`iamsql lint`: print the findings about query files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from iamsql import render
from iamsql.check.lint.files import lint as find
from iamsql.check.lint.findings import Finding, rows_of
from iamsql.check.lint.sarif import write_sarif
from iamsql.cli.errors import say_all
from iamsql.cli.options import QUERIES, QUIET, is_given, settings
from iamsql.cli.output import plain_stdout, print_rows
from iamsql.cli.terminal import COLOR, WIDE, terminal_style
from iamsql.runs.coverage.plural import counted

SARIF = "sarif"


@click.command()
@click.argument("names", nargs=-1, metavar="[QUERY|FILE.sql|FOLDER|shipped…]")
@QUERIES
@settings
@click.option(
    "--output",
    "-o",
    metavar="FORMAT",
    help="Rows as table, csv, json, jsonl, markdown or line, or sarif [default: a line for each finding].",
)
@COLOR
@WIDE
@QUIET
def lint(names: tuple[str, ...], query_dirs: tuple[str, ...], **options: Any) -> int:
    """Check query files without a run, and print a line `path:line:column: message [rule]` for each finding.

    The checks find invalid front matter, unknown tables, columns, functions and parameters, comparisons with null, functions
    that read the clock, and rows and lists without an order. Without a name, they read ./queries and the folders of
    --queries. Exit with code 1 if there are findings.
    """
    output = options["output"] if is_given("output") else ""
    if output:
        render.format_named(output, (SARIF,))
    refused: list[str] = []
    findings = find(names, query_dirs, refused)
    _print(findings, output, options)
    say_all([*refused, f"{counted(len(findings), 'finding')}."], quiet=options["quiet"])
    return int(bool(findings))


def _print(findings: Sequence[Finding], output: str, options: dict[str, Any]) -> None:
    if output == SARIF:
        write_sarif(findings, plain_stdout("json"))
    elif output:
        print_rows(rows_of(findings), output, terminal_style(options["color"], options["wide"]))
    else:
        for finding in findings:
            click.echo(str(finding))
