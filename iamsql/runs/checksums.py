"""The SHA-256 digests of the finished runs in SHA256SUMS of the runs folder, which `sha256sum -c` of GNU coreutils reads.

A digest shows that a run was changed after it was written. Whoever can write the folder can also write this file, so a digest
that serves as proof must be copied elsewhere, or signed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.render.files import atomic_write
from iamsql.runs.directory import read_regular
from iamsql.runs.lock import folder_lock
from iamsql.runs.store.open_new import sha256_of

SUMS_FILE = "SHA256SUMS"
CHECKSUM_LINE_PATTERN = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)", re.DOTALL)
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}  # as sha256sum writes them, with a backslash before the digest
UNESCAPES = {text: letter for letter, text in ESCAPES.items()}
MAX_BYTES = 16_000_000  # bytes of SHA256SUMS: a run takes about 120
LOCK_TIMEOUT = 120.0  # seconds: a sync locks the folder while it copies data of an earlier run


def record(path: Path) -> list[str]:
    """Add a finished run to SHA256SUMS of its folder; return lines for the user, first `SHA-256: HEX`.

    The run is complete without its entry, so a failure here is reported in a line and raises nothing.
    """
    lines = []
    try:
        digest = sha256_of(path)
        lines.append(f"SHA-256: {digest}")
        with folder_lock(path.parent, LOCK_TIMEOUT):
            update_digests(path.parent, {path.name: digest})
    except (IamsqlError, OSError) as error:
        lines.append(f"{SUMS_FILE} does not list this run: {str(error).splitlines()[0]}")
    return lines


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a run file: its digest in SHA256SUMS if there is exactly one, otherwise the digest of the content."""
    digests = set[str]()
    with suppress(IamsqlError):
        digests = read_digests(path.parent).get(path.name, set())
    return next(iter(digests)) if len(digests) == 1 else sha256_of(path)


def read_digests(folder: Path) -> dict[str, set[str]]:
    """Map each file name in SHA256SUMS to its digests in lower case; raise IamsqlError if the file cannot be read."""
    digests: dict[str, set[str]] = {}
    for name, digest, _ in _read_entries(folder):
        if name:
            digests.setdefault(name, set()).add(digest)
    return digests


def update_digests(folder: Path, add: Mapping[str, str], remove: Collection[str] = ()) -> None:
    """Replace entries of SHA256SUMS atomically; the caller holds the lock of the folder.

    `add` maps file names to digests. Raise IamsqlError if the file cannot be read or written.
    """
    unchanged = [line for name, _, line in _read_entries(folder) if name not in add and name not in remove]
    lines = [*unchanged, *(entry(name, digest) for name, digest in add.items())]
    # As bytes, because the name of a file is not always valid UTF-8.
    content = b"".join(os.fsencode(line) + b"\n" for line in lines)
    atomic_write(folder / SUMS_FILE, lambda stream: stream.buffer.write(content), follow=False)


def entry(name: str, digest: str) -> str:
    """Return the line of a file in the format of sha256sum."""
    escaped = "".join(ESCAPES.get(letter, letter) for letter in name)
    escape_prefix = "\\" if escaped != name else ""
    return f"{escape_prefix}{digest}  {escaped}"


def _read_entries(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the digest and the line of each entry; a line in another format has an empty name."""
    for line in filter(None, os.fsdecode(_read_file(folder / SUMS_FILE)).split("\n")):
        match = CHECKSUM_LINE_PATTERN.fullmatch(line)
        if not match:
            yield "", "", line
            continue
        name = re.sub(r"\\[\\nr]", lambda escape: UNESCAPES[escape[0]], match[3]) if match[1] else match[3]
        yield name, match[2].lower(), line


def _read_file(path: Path) -> bytes:
    """Read the file; raise IamsqlError for a link, a device, and a file that is too large."""
    try:
        return read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise IamsqlError(f"Cannot read {path}: {error.strerror or error}.") from error
    except ValueError as error:
        message = f"{path} is not a list of digests.\nMove it to another folder. The digests in it are then no longer checked."
        raise IamsqlError(message) from error
