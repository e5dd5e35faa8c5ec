"""`iamsql runs merge`: make one run of the files of shards."""

from __future__ import annotations

import click

from iamsql.catalog.settings.groups import Quiet, RunsFolder
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.runs.directory import runs_folder

GAPS_EXIT_CODE = 3


@option_set
class MergeOptions(RunsFolder, Quiet):
    """The options of the command."""

    shards: tuple[str, ...] = argument((), "[SHARD]...")
    strict: bool = option(False, "--strict", help="Exit with code 3 if an account or a call could not be read.")


@click.command()
@takes(MergeOptions)
def merge(options: MergeOptions) -> int:
    """Make one run of the files that `iamsql sync --shard K/N` has written. Without SHARD, merge the newest shards.

    SHARD is an ID or a path. Shards must have the same --as-of, organization, options and version of iamsql. The accounts of a
    missing shard are recorded as not reached, so answers report them as missing. The shards are not changed.
    """
    from iamsql.sync.merge.merge import merge as merge_shards  # noqa: PLC0415 - the other commands of `iamsql runs` do not need it

    outcome = merge_shards(runs_folder(options.runs), options.shards)
    say_all(outcome.lines, quiet=options.quiet)
    return GAPS_EXIT_CODE if options.strict and outcome.gaps else 0
