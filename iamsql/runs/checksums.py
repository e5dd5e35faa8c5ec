"""The SHA-256 of each finished run, in the file SHA256SUMS of the runs folder, which `sha256sum -c` of GNU coreutils reads.

It shows that a run was changed after it was written. Whoever can write the folder can write this file too: a digest that
is to prove something is copied elsewhere, or signed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from iamsql.model import IamsqlError
from iamsql.runs.lock import folder_lock
from iamsql.store.files import sha256_of

NAME = "SHA256SUMS"
LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)", re.DOTALL)
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}  # as sha256sum writes them, with a backslash before the digest
UNESCAPES = {text: letter for letter, text in ESCAPES.items()}
LARGEST = 16_000_000  # bytes
WAIT = 120.0  # seconds: a sync locks the folder while it copies what it keeps of an earlier run


def record(path: Path) -> list[str]:
    """Add a finished run to the SHA256SUMS of its folder; return lines for the user, first `SHA-256: HEX`.

    The run is complete without its entry, so a folder that takes no entry is a line and not an error.
    """
    lines = []
    try:
        digest = sha256_of(path)
        lines.append(f"SHA-256: {digest}")
        with folder_lock(path.parent, WAIT):
            update(path.parent, {path.name: digest})
    except (IamsqlError, OSError) as error:
        lines.append(f"{NAME} does not list this run: {str(error).splitlines()[0]}")
    return lines


def recorded(folder: Path) -> dict[str, set[str]]:
    """Map each file name that SHA256SUMS lists to its digests in lower case; raise IamsqlError where it cannot be read."""
    found: dict[str, set[str]] = {}
    for name, digest, _ in _entries(folder):
        if name:
            found.setdefault(name, set()).add(digest)
    return found


def update(folder: Path, add: Mapping[str, str], remove: Collection[str] = ()) -> None:
    """Replace entries of SHA256SUMS, each a name and its digest; the caller holds the folder's lock.

    The new file takes the place of the old one at once. Raise IamsqlError where it cannot be read or written.
    """
    kept = [line for name, _, line in _entries(folder) if name not in add and name not in remove]
    lines = [*kept, *(entry(name, digest) for name, digest in add.items())]
    made: Path | None = None
    try:
        handle, temporary = mkstemp(prefix=f".{NAME}.", dir=folder)  # of mode 0600
        made = Path(temporary)
        with os.fdopen(handle, "wb") as stream:
            stream.write(b"".join(os.fsencode(line) + b"\n" for line in lines))
        made.replace(folder / NAME)
    except OSError as error:
        raise IamsqlError(f"Cannot write {folder / NAME}: {error.strerror or error}.") from error
    finally:
        if made:
            with suppress(FileNotFoundError):
                made.unlink()


def entry(name: str, digest: str) -> str:
    """Return the line of a file as sha256sum writes it."""
    escaped = "".join(ESCAPES.get(letter, letter) for letter in name)
    mark = "\\" if escaped != name else ""
    return f"{mark}{digest}  {escaped}"


def _entries(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the digest and the line of each entry; a line of another form has an empty name."""
    for line in filter(None, os.fsdecode(_content(folder / NAME)).split("\n")):
        found = LINE.fullmatch(line)
        if not found:
            yield "", "", line
            continue
        name = re.sub(r"\\[\\nr]", lambda pair: UNESCAPES[pair[0]], found[3]) if found[1] else found[3]
        yield name, found[2].lower(), line


def _content(path: Path) -> bytes:
    """Read the file; a link, a device and a file that is too large are refused."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as stream:
            content = stream.read(LARGEST + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise IamsqlError(f"Cannot read {path}: {error.strerror or error}.") from error
    if content is None or len(content) > LARGEST:
        raise IamsqlError(f"{path} is not a list of digests.\nMove it away; runs that it lists are then not listed.")
    return content
