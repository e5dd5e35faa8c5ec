"""The iamsql.toml files of working folders that the user trusts: the path of each, and the SHA-256 of its content.

iamsql reads ./iamsql.toml although nobody named it, and the folder may come from somebody else. Until the user trusts the file, it
can only set what is read and how it is shown. A file that changes must be trusted again.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_data_dir

from iamsql.catalog.settings.declarations import INSIDE, TRUSTED
from iamsql.catalog.settings.file import ConfigFile, resolve_location
from iamsql.catalog.settings.read import Configuration, SettingValue
from iamsql.catalog.settings.untrusted_files import leads_out
from iamsql.model import IamsqlError
from iamsql.render.files import atomic_write, make_private

# Without the suffix of a data file, which a query file could create with COPY.
STORE_FILE_NAME = "trusted"
MAX_STORE_BYTES = 1 << 20
OTHERS_WRITE_MODE = 0o022  # the permissions of a group and of everyone to write


def store_path() -> Path:
    """Return the file with the trusted files, in the user's data folder."""
    return Path(user_data_dir("iamsql", appauthor=False)) / STORE_FILE_NAME


def keys_to_trust(configuration: Configuration, values: Iterable[SettingValue] | None = None) -> list[str]:
    """Return the keys of values that the file may set only if the user trusts it: of all its values, or of those given.

    A file that the user named may set everything.
    """
    set_values = configuration.all_values() if values is None else values
    return [value.key for value in set_values if _needs_trust(configuration, value)]


def _needs_trust(configuration: Configuration, value: SettingValue) -> bool:
    file = configuration.file
    if not file.is_local or file.path is None:
        return False
    if value.setting.trust == INSIDE:
        # the runs of an organization are in a folder of its name below this one, which can be a link
        paths = [Path(value.value), *(Path(value.value) / name for name in configuration.organizations)]
        return any(leads_out(path, file.path.parent) for path in paths)
    return value.setting.trust == TRUSTED


def is_trusted(file: ConfigFile) -> bool:
    """Return whether the user trusts the content of a file that was read. Raise IamsqlError as `trusted_files` does."""
    return trusted_files().get(file.location) == file.digest


def trusted_files() -> dict[str, str]:
    """Return the digest of each trusted file by its path.

    Raise IamsqlError if the list is a link, if it belongs to another user, or if others can write it or its folder.
    """
    path = store_path()
    if not os.path.lexists(path):
        return {}
    try:
        _require_trusted_owner(path.parent.stat(), path.parent)
        content = json.loads(_read_store(path))
    except (OSError, ValueError, RecursionError) as error:
        raise _refused_error(path, getattr(error, "strerror", None) or str(error)) from None
    if not isinstance(content, dict):
        raise _refused_error(path, "it is not a JSON object")
    return {str(name): str(digest) for name, digest in content.items()}


def _read_store(path: Path) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_STORE_BYTES:
            raise ValueError("it is not a regular file, or too large")
        _require_trusted_owner(status, path)
        return stream.read(MAX_STORE_BYTES)


def _require_trusted_owner(status: os.stat_result, path: Path) -> None:
    if not hasattr(os, "getuid"):
        return
    if status.st_uid not in (0, os.getuid()) or status.st_mode & OTHERS_WRITE_MODE:
        raise _refused_error(path, "it belongs to another user, or others can write it")


def _refused_error(path: Path, reason: str) -> IamsqlError:
    return IamsqlError(
        f"The list of trusted files cannot be used: {path}: {reason}.\n"
        f"Delete {store_path()} and trust your files again, or name the file with --config FILE."
    )


def trust(file: ConfigFile) -> None:
    """Remember the path and the digest of a file that was read. Raise IamsqlError if the list cannot be written."""
    _write_store({**trusted_files(), file.location: file.digest})


def untrust(path: Path) -> bool:
    """Remove a file from the list, whether it exists or not. Return whether it was there."""
    files, location = trusted_files(), resolve_location(path)
    if location not in files:
        return False
    _write_store({name: digest for name, digest in files.items() if name != location})
    return True


def _write_store(files: dict[str, str]) -> None:
    path = store_path()
    try:
        make_private(path.parent)
        _require_trusted_owner(path.parent.stat(), path.parent)
    except OSError as error:
        raise IamsqlError(
            f"Cannot create {path.parent}: {error.strerror}.\nName the file instead: --config FILE"
        ) from None
    text = json.dumps(files, indent=1, sort_keys=True)
    atomic_write(path, lambda stream: stream.write(f"{text}\n"), follow=False)
