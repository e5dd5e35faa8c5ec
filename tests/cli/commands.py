"""Run commands in this process."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from iamsql.cli import main

RUN = "20260301T100000Z-o-1"  # the run of the fixture `folder`


def run(*args: str, stdin: str | None = None) -> Result:
    """Run iamsql."""
    return CliRunner().invoke(main, args, input=stdin)


def run_in(folder: Path, *arguments: str) -> Result:
    """Run iamsql over the runs of a folder."""
    return run(*arguments, "--runs", str(folder))


def deploy(*arguments: str, runs: Path = Path("/nowhere")) -> Result:
    """Run iamsql deploy."""
    return CliRunner().invoke(main, ["deploy", *arguments], env={"IAMSQL_RUNS": str(runs)})
