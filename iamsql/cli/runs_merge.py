"""`iamsql runs merge`: make one run of the files of shards."""

from __future__ import annotations

import click

from iamsql.cli.errors import say_all
from iamsql.cli.options import QUIET, RUNS, settings
from iamsql.runs import runs_folder
from iamsql.sync.merge.merge import merge as merge_shards

GAPS = 3


@click.command()
@click.argument("shards", nargs=-1, metavar="[SHARD]...")
@click.option("--strict", is_flag=True, help="Exit with code 3 if an account or a call could not be read.")
@QUIET
@RUNS
@settings
def merge(shards: tuple[str, ...], strict: bool, quiet: bool, runs: str | None) -> int:
    """Make one run of the files that `iamsql sync --shard K/N` has written. Without SHARD, merge the newest shards.

    SHARD is an ID or a path. Shards must have the same --as-of, organization, options and version of iamsql. The accounts of a
    missing shard are recorded as not reached, so answers report them as missing. The shards are not changed.
    """
    outcome = merge_shards(runs_folder(runs), shards)
    say_all(outcome.lines, quiet=quiet)
    return GAPS if strict and outcome.gaps else 0
