"""`iamsql config trust`: the iamsql.toml files of working folders that the user trusts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from iamsql.catalog.settings import trust as trusting
from iamsql.catalog.settings.file import FILE
from iamsql.catalog.settings.local_files import listed
from iamsql.catalog.settings.read import Configuration, read_configuration
from iamsql.cli.errors import say
from iamsql.cli.options import OUTPUT
from iamsql.cli.output import print_rows
from iamsql.cli.terminal import COLOR, WIDE, terminal_style
from iamsql.cli.trust import SHOWN
from iamsql.model import IamsqlError, Result

COLUMNS = ("file", "state")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--list", "is_list", is_flag=True, help="List the trusted files.")
@click.option("--remove", is_flag=True, help="Do not trust the file any more.")
@OUTPUT
@COLOR
@WIDE
def trust(file: Path | None, is_list: bool, remove: bool, output: str, color: str, wide: bool) -> None:
    """Trust an iamsql.toml with its present content [default: ./iamsql.toml].

    iamsql reads the file of a working folder although nobody names it. Only a trusted file may choose profiles and roles, the
    files that are written, the runs that are deleted, and the targets of notifications. A file that changes must be trusted again.
    """
    if is_list:
        print_rows(Result(COLUMNS, [*_states()], ("VARCHAR",) * len(COLUMNS)), output, terminal_style(color, wide))
    elif remove:
        _remove(file or Path(FILE))
    else:
        found = _read(file or Path(FILE))
        trusting.trust(found.file)
        keys = trusting.keys_to_trust(found)
        say(f"Trusted {found.file.location}, which sets {listed(keys, SHOWN) if keys else 'nothing that needs trust'}.")


def _remove(path: Path) -> None:
    say(f"Removed {path} from the trusted files." if trusting.untrust(path) else f"{path} is not a trusted file.")


def _read(path: Path) -> Configuration:
    """Return the configuration as a command reads it that finds the file in its working folder."""
    if path.name != FILE:
        raise IamsqlError(f"Only a file with the name {FILE} needs trust.\nName another file with: --config {path}")
    found = read_configuration(path)
    return replace(found, file=replace(found.file, is_local=True))


def _states() -> Iterator[tuple[str, str]]:
    """Yield each trusted file with its state. A file that has changed is not trusted."""
    for path, digest in sorted(trusting.trusted_files().items()):
        state = "cannot be read"
        with suppress(IamsqlError):
            state = "trusted" if digest == _read(Path(path)).file.digest else "changed"
        yield path, state
