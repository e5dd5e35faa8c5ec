"""`iamsql config trust`: the iamsql.toml files of working folders that the user trusts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from iamsql.catalog.settings import trust as trusting
from iamsql.catalog.settings.file import CONFIG_FILE_NAME
from iamsql.catalog.settings.groups import Rows
from iamsql.catalog.settings.local_files import shortened_list
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.catalog.settings.read import Configuration, read_configuration
from iamsql.cli.declared import takes
from iamsql.cli.errors import say
from iamsql.cli.output import print_rows
from iamsql.cli.terminal import terminal_style
from iamsql.cli.trust import MAX_SHOWN_KEYS
from iamsql.model import IamsqlError, Result

COLUMNS = ("file", "state")


@option_set
class TrustOptions(Rows):
    """The options of the command."""

    file: Path | None = argument(None, "[FILE]")
    is_list: bool = option(False, "--list", help="List the trusted files.")
    remove: bool = option(False, "--remove", help="Do not trust the file any more.")


@click.command()
@takes(TrustOptions)
def trust(options: TrustOptions) -> None:
    """Trust an iamsql.toml with its present content [default: ./iamsql.toml].

    iamsql reads the file of a working folder although nobody names it. Only a trusted file may choose profiles and roles, the
    files that are written, the runs that are deleted, and the targets of notifications. A file that changes must be trusted again.
    """
    file = options.file or Path(CONFIG_FILE_NAME)
    if options.is_list:
        states = Result(COLUMNS, [*_trusted_file_states()], ("VARCHAR",) * len(COLUMNS))
        print_rows(states, options.output, terminal_style(options.color, options.wide))
    elif options.remove:
        _untrust(file)
    else:
        configuration = _read_as_command(file)
        trusting.trust(configuration.file)
        keys = trusting.keys_to_trust(configuration)
        names = shortened_list(keys, MAX_SHOWN_KEYS) if keys else "nothing that needs trust"
        say(f"Trusted {configuration.file.location}, which sets {names}.")


def _untrust(path: Path) -> None:
    say(f"Removed {path} from the trusted files." if trusting.untrust(path) else f"{path} is not a trusted file.")


def _read_as_command(path: Path) -> Configuration:
    """Return the configuration as a command reads it that finds the file in its working folder."""
    if path.name != CONFIG_FILE_NAME:
        raise IamsqlError(
            f"Only a file with the name {CONFIG_FILE_NAME} needs trust.\nName another file with: --config {path}"
        )
    configuration = read_configuration(path)
    return replace(configuration, file=replace(configuration.file, is_local=True))


def _trusted_file_states() -> Iterator[tuple[str, str]]:
    """Yield each trusted file with its state. A file that has changed is not trusted."""
    for path, digest in sorted(trusting.trusted_files().items()):
        state = "cannot be read"
        with suppress(IamsqlError):
            state = "trusted" if digest == _read_as_command(Path(path)).file.digest else "changed"
        yield path, state
