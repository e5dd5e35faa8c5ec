"""`iamsql import`: create a run from files."""

from __future__ import annotations

from pathlib import Path

import click

from iamsql.cli.errors import say_all
from iamsql.cli.options import RUNS, matching, settings
from iamsql.option_types import ACCOUNT
from iamsql.runs import runs_folder
from iamsql.sync.importer.write import import_files


@click.command("import", no_args_is_help=True)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--account",
    callback=matching(ACCOUNT, "an account ID of 12 digits"),
    metavar="ID",
    help="The account of the files that do not contain an account ID.",
)
@RUNS
@settings
def import_(paths: tuple[Path, ...], account: str | None, runs: str | None) -> None:
    """Create a run from files: AWS CLI output, credential reports, CloudTrail log files.

    PATHS are files and folders. Files are recognized by their content.
    """
    say_all(import_files(paths, account or None, runs_folder(runs)).lines)
