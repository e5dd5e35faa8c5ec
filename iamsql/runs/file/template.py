"""The template of run files: the file that each run file is a copy of. A wheel contains it, with its SHA-256.

A source tree has none: it is built once, in the folder `build` of the tree, which is as trusted as the code next to it. A file
that another user could have written is never used.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from iamsql.escaping import printable
from iamsql.logs import FOR_USER
from iamsql.model import IamsqlError
from iamsql.render.files import make_private
from iamsql.runs.file.source_hash import content_hash
from iamsql.runs.store.open_new import Template, sha256_of

PACKAGE = Path(__file__).parent  # hatch_build.py puts both files here
FILE, DIGEST = "template.duckdb", "template.sha256"  # the digest has the format of sha256sum
BUILT = PACKAGE.parents[2] / "build" / "templates"  # of a source tree
UNUSED_SECONDS = 86_400.0  # seconds after which templates of other sources are deleted


def template() -> Path:
    """Return the template; see `checked_template`."""
    return checked_template().path


@cache
def checked_template() -> Template:
    """Return the template, and the SHA-256 that it had when it was checked. Copies must have the same.

    Raise IamsqlError if the template of the package was changed.
    """
    shipped = PACKAGE / FILE
    if not shipped.is_file():
        return _source_tree_template()
    digest = sha256_of(shipped)
    if digest != _digest_in(PACKAGE / DIGEST):
        raise IamsqlError(
            f"{shipped} was changed or damaged after it was installed.\n"
            "Install iamsql again from a checkout or a wheel."
        )
    return Template(shipped, digest)


def is_built(path: Path) -> bool:
    """Return whether a template was built by a source tree, and stored in it."""
    return path.parent == BUILT


def is_trusted(path: Path) -> bool:
    """Return whether a file is in the package, or no other user could have written it."""
    return path.parent == PACKAGE or (_is_private(path.parent, stat.S_ISDIR) and _is_private(path, stat.S_ISREG))


def _source_tree_template() -> Template:
    """Return the template of the present sources. Without a folder that is private, each process builds its own."""
    stored = BUILT / f"{content_hash()}.duckdb"
    if is_trusted(stored):
        with suppress(OSError):
            if (digest := sha256_of(stored)) == _digest_in(stored.with_suffix(".sha256")):
                return Template(stored, digest)
        message = f"{stored} was changed or damaged after it was built, and is built again."
        logging.getLogger(__name__).warning("%s", printable(message), extra=FOR_USER)
    from iamsql.runs.file.build_template import build  # noqa: PLC0415 - an installed iamsql has the template

    built = build(Path(_temporary_folder().name) / f"{token_hex(4)}.duckdb")
    digest = sha256_of(built)
    _store(built, stored, digest)
    return Template(built, digest)


def _digest_in(path: Path) -> str:
    """Return the digest in a file, or '' if it cannot be read."""
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text("ascii").partition(" ")[0]
    return ""


def _store(built: Path, stored: Path, digest: str) -> None:
    """Copy a new template to the source tree, and delete unused templates of other sources. File errors are ignored."""
    with suppress(OSError):
        make_private(stored.parent)
        if not _is_private(stored.parent, stat.S_ISDIR):
            return
        temporary = stored.with_name(f"{token_hex(4)}.new")
        try:
            temporary.touch(mode=0o600, exist_ok=False)
            shutil.copyfile(built, temporary)
            stored.with_suffix(".sha256").write_text(f"{digest}  {stored.name}\n", "ascii")
            temporary.replace(stored)  # another process finds a complete file, or none
        finally:
            temporary.unlink(missing_ok=True)
        for path in stored.parent.iterdir():
            if path.stem != stored.stem and time.time() - path.lstat().st_mtime > UNUSED_SECONDS:
                path.unlink(missing_ok=True)


@cache
def _temporary_folder() -> TemporaryDirectory[str]:
    """Return a folder that is removed when the process ends."""
    return TemporaryDirectory(prefix="iamsql-")


def _is_private(path: Path, is_type: Callable[[int], bool]) -> bool:
    """Return whether a file or folder exists, is not a link, and only this user can write it."""
    try:
        status = path.lstat()
    except OSError:
        return False
    is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return is_type(status.st_mode) and is_own and not status.st_mode & 0o022
