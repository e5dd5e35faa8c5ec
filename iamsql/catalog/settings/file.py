"""Find and read iamsql.toml. A file that the user did not name may come from somebody else, and is refused if it does.

The file is read once in a process, because the path of --config may be a pipe.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from iamsql.catalog.params import did_you_mean
from iamsql.catalog.settings.toml_file import parse_toml
from iamsql.catalog.settings.untrusted_files import decode_text, leads_out, read_bytes
from iamsql.model import IamsqlError

CONFIG_FILE_NAME = "iamsql.toml"
SECTIONS = ("sync", "check", "report", "notify", "run")
TOP_LEVEL_KEYS = (
    "runs",
    "queries",
    "timeout",
    "memory",
    "csv_safe",
    "jobs",
    "mutes",
    "args",
    *SECTIONS,
    "organization",
)
MAX_KEY_CHARACTERS = 60  # characters of a key that an error repeats


@dataclass(frozen=True)
class ConfigFile:
    """The contents of a configuration file as TOML. `path` is None, and the rest is empty, if there is no file.

    `is_local`: whether the file was found in the working folder, and not named. `mode`: the mode of the file; None for a pipe.
    `location`: the absolute path, with the links of its folder resolved. `digest`: the SHA-256 of the bytes that were parsed.
    """

    path: Path | None = None
    is_local: bool = False
    mode: int | None = None
    location: str = ""
    digest: str = ""
    tree: Mapping[str, Any] = field(default_factory=dict)

    def error(self, message: str) -> IamsqlError:
        """Return an error about the file, such as `iamsql.toml: sync.days must be an integer`."""
        return IamsqlError(f"{self.path}: {message}")

    def unknown_key_error(self, at: str, known_keys: tuple[str, ...]) -> IamsqlError:
        """Return the error about an unknown key, with similar keys."""
        key = at.rpartition(".")[2]
        key_excerpt = at if len(at) <= MAX_KEY_CHARACTERS else f"{at[:MAX_KEY_CHARACTERS]}…"
        return self.error(f"{key_excerpt}: unknown key{did_you_mean(key[:MAX_KEY_CHARACTERS], known_keys)}")


def resolve_location(path: Path) -> str:
    """Return the absolute path of a file, with the links of its folder resolved."""
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118


def read_config_file(path: Path | None) -> ConfigFile:
    """Read the file that the user named, otherwise ./iamsql.toml if it exists.

    Raise IamsqlError for invalid TOML and unknown keys of the top level. Raise it for a file that was not named, if it is a link
    that leads out of the working folder, if it belongs to another user, or if everyone can write it.
    """
    file = path or Path(CONFIG_FILE_NAME)
    if path is None and not os.path.lexists(CONFIG_FILE_NAME):
        return ConfigFile()
    # The user did not name this file: a link in a folder of another user must not make iamsql read a file elsewhere.
    if path is None and leads_out(file, Path()):
        raise IamsqlError(
            f"./{CONFIG_FILE_NAME} is a link that leads out of the working folder.\n"
            f"Give the path of the file itself: --config FILE, or run without it: --config {os.devnull}"
        )
    return _read(file, path is None, os.path.abspath(file), _mark(file))  # noqa: PTH100 (the path may not exist)


@lru_cache(maxsize=2)
def _read(path: Path, is_local: bool, _absolute: str, _mark: tuple[int, ...]) -> ConfigFile:
    statuses: list[os.stat_result] = []

    def accept(status: os.stat_result) -> None:
        statuses.append(status)
        if is_local:
            _require_trusted_owner(status)

    data = read_bytes(path, accept)
    mode = stat.S_IMODE(statuses[0].st_mode) if statuses else None
    tree = parse_toml(path, decode_text(path, data))
    file = ConfigFile(path, is_local, mode, resolve_location(path), sha256(data).hexdigest(), tree)
    for key in tree:
        if key not in TOP_LEVEL_KEYS:
            raise file.unknown_key_error(key, TOP_LEVEL_KEYS)
    return file


def _mark(path: Path) -> tuple[int, ...]:
    """Return numbers that change when a file changes; the numbers of a pipe stay the same while it is read."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # reading the file raises the error
        return ()
    times = (status.st_size, status.st_mtime_ns, status.st_ctime_ns) if stat.S_ISREG(status.st_mode) else ()
    return (status.st_dev, status.st_ino, *times)


def _require_trusted_owner(status: os.stat_result) -> None:
    """Raise IamsqlError for a file of another user, except root, and for a file that everyone can write."""
    if not hasattr(os, "getuid"):
        return
    if status.st_uid not in (0, os.getuid()):
        raise IamsqlError(
            f"./{CONFIG_FILE_NAME} belongs to the user {status.st_uid}, who could choose what iamsql reads.\n"
            f"If you trust the file, name it: --config {CONFIG_FILE_NAME}; or run without it: --config {os.devnull}"
        )
    if status.st_mode & stat.S_IWOTH:
        raise IamsqlError(
            f"Everyone can write ./{CONFIG_FILE_NAME}, and could choose what iamsql reads.\n"
            f"Remove the permission with: chmod o-w {CONFIG_FILE_NAME}\n"
            f"Or, if you trust the file, name it: --config {CONFIG_FILE_NAME}; or run without it: --config {os.devnull}"
        )


def require_secret(file: ConfigFile, at: str) -> None:
    """Raise IamsqlError if other users can read a file with a secret. `at` is the key of the secret."""
    if file.mode is not None and hasattr(os, "getuid") and file.mode & 0o077:
        raise IamsqlError(
            f"{file.path}: {at} is secret, but other users can read the file.\n"
            f"Remove the permission with: chmod go= {shlex.quote(str(file.path))}"
        )
