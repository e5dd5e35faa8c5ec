"""Ask once whether ./iamsql.toml is trusted, before a command uses a setting of it that needs trust."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import click

from iamsql.catalog.settings.local_files import shortened_list
from iamsql.catalog.settings.read import Configuration, SettingValue
from iamsql.catalog.settings.trust import is_trusted, keys_to_trust, trust
from iamsql.model import IamsqlError

MAX_SHOWN_KEYS = 12  # keys that a question or an error lists


def require_trust(configuration: Configuration, values: Iterable[SettingValue] | None = None) -> None:
    """Ask whether the file is trusted, if these values need it, and remember the answer. Without values, take all of the file.

    Raise IamsqlError if the user does not trust the file, and if nobody can answer.
    """
    file = configuration.file
    if not keys_to_trust(configuration, values) or is_trusted(file):
        return
    # Of every command, because the answer applies to the whole file.
    keys = shortened_list(keys_to_trust(configuration), MAX_SHOWN_KEYS)
    if not is_interactive():
        raise IamsqlError(
            f"./{file.path} sets {keys}. A file that nobody named may do so only if you trust it.\n"
            f"Read the file, then run: iamsql config trust. Or name it: --config ./{file.path}"
        )
    if not click.confirm(f"./{file.path} sets {keys}. Trust this file?", err=True):
        raise IamsqlError(f"You do not trust ./{file.path}.\nRun without it: --config {os.devnull}")
    trust(file)


def is_interactive() -> bool:
    """Return whether a person can answer a question on the terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()
