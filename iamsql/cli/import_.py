"""`iamsql import`: create a run from files."""

from __future__ import annotations

from pathlib import Path

import click

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.groups import RunsFolder
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.runs.directory import runs_folder
from iamsql.sync.importer.write import import_files


@option_set
class ImportOptions(RunsFolder):
    """The options of the command."""

    paths: tuple[Path, ...] = argument((), "PATHS...", required=True)
    account: str | None = option(
        None, "--account", metavar="ID", check=option_types.account_id,
        help="The account of the files that do not contain an account ID.",
    )  # fmt: skip


@click.command("import", no_args_is_help=True)
@takes(ImportOptions)
def import_(options: ImportOptions) -> None:
    """Create a run from files: AWS CLI output, credential reports, CloudTrail log files.

    PATHS are files and folders. Files are recognized by their content.
    """
    say_all(import_files(options.paths, options.account or None, runs_folder(options.runs)).lines)
