"""Rows of commands and of answers as CSV."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from click.testing import CliRunner

import iamsql
from iamsql import render
from iamsql.cli import main
from iamsql.model import Result


def command(*args: str, demo_run: Path) -> tuple[list[list[str]], list[str]]:
    """Return the rows of a command as CSV, with the header, and the lines on standard error."""
    result = CliRunner().invoke(main, [*args, "--runs", str(demo_run.parent), "--output", "csv"])
    assert result.exit_code in (0, 1), result.output
    return list(csv.reader(StringIO(result.stdout))), result.stderr.splitlines()


def as_csv(answer: iamsql.Answer) -> list[list[str]]:
    text = StringIO()
    render.write(Result(answer.columns, answer.rows, answer.types), "csv", text)
    return list(csv.reader(StringIO(text.getvalue())))
