"""`iamsql queries --lint`: print the findings about query files."""

from __future__ import annotations

from collections.abc import Sequence

import click

from iamsql import render
from iamsql.cli.errors import say, say_all
from iamsql.cli.output import print_rows
from iamsql.coverage.words import counted
from iamsql.lint.files import lint
from iamsql.lint.findings import rows_of
from iamsql.render.terminal.style import Style


def print_findings(names: Sequence[str], query_dirs: Sequence[str], output: str, style: Style | None) -> int:
    """Print the findings about files and folders; return 1 if there are findings, else 0.

    Without an output format, print a line `path:line:column: message [rule]` for each.
    """
    if output:
        render.format_named(output)
    refused: list[str] = []
    findings = lint(names, query_dirs, refused)
    if output:
        print_rows(rows_of(findings), output, style)
    else:
        for finding in findings:
            click.echo(str(finding))
    say_all(refused)
    say(f"{counted(len(findings), 'finding')}.")
    return int(bool(findings))
