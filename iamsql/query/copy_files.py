"""Where COPY may write: the SQL that a person typed writes where it says, a query file makes new files below the working folder.

DuckDB writes into a private folder beside the target, and the result takes its place when the statement succeeded: no SQL
reads what it is to write, no link is followed, and the file is for its owner alone. DuckDB is never given a stream.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from iamsql import dialect
from iamsql.model import IamsqlError
from iamsql.render import seen
from iamsql.runs.directory import home
from iamsql.store.folders import NEW

STREAMS = {  # what the paths of streams mean; "" is thrown away
    "/dev/stdout": "stdout",
    "/dev/fd/1": "stdout",
    "/proc/self/fd/1": "stdout",
    "/dev/stderr": "stderr",
    "/dev/fd/2": "stderr",
    "/proc/self/fd/2": "stderr",
    "/dev/null": "",
}
ALLOW = "Read the query, then allow it with --allow-copy."


@dataclass
class Copies:
    """The files that the COPY statements of a text write: each temporary file, and the path in the statement."""

    run: Path
    typed: bool
    places: dict[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """Say which files were written."""
        return [f"Wrote {home(Path(path)).resolve()}." for path in self.places.values() if path not in STREAMS]

    def stage(self, path: str) -> str:
        """Return the temporary file that DuckDB writes for a target; raise IamsqlError for one that may not be written."""
        target = home(Path(path))
        if not path or "\0" in path or "://" in path or (target.is_dir() and not target.is_symlink()):
            return self._as_it_is(path)  # partitions and URLs, which DuckDB refuses except under --allow-files
        if path not in STREAMS:
            self._require(path, target)
        try:
            folder = mkdtemp(prefix="iamsql-") if path in STREAMS else mkdtemp(prefix=".iamsql-", dir=target.parent)
        except OSError as error:
            raise IamsqlError(f"Cannot write {seen(path)}: {error.strerror}.") from error
        place = str(Path(folder, Path(path).name))
        self.places[place] = path
        return place

    def finish(self) -> None:
        """Put the files that were written into their places, and send what was for a stream."""
        for place, path in self.places.items():
            if path in STREAMS:
                _send(Path(place), STREAMS[path])
            elif os.path.lexists(place):
                self._replace(Path(place), path)

    def remove(self) -> None:
        """Delete the temporary files."""
        for place in self.places:
            shutil.rmtree(Path(place).parent, ignore_errors=True)

    def _as_it_is(self, path: str) -> str:
        if not self.typed:
            raise IamsqlError(f"COPY in a query file does not write to {seen(path)}.\n{ALLOW}")
        return path

    def _require(self, path: str, target: Path) -> None:
        """Raise IamsqlError for a target that may not be written."""
        if target.is_symlink():
            raise IamsqlError(f"COPY does not write through the link {seen(path)}.\nName the file that it leads to.")
        is_there = os.path.lexists(target)
        if is_there and (not target.is_file() or target.samefile(self.run) or _is_database(target)):
            raise IamsqlError(
                f"COPY does not write over {seen(path)}: it is a database or not a regular file.\nName another file."
            )
        if self.typed:
            return
        if is_there:
            raise IamsqlError(f"COPY in a query file does not replace {seen(path)}.\n{ALLOW}")
        folder = Path.cwd().resolve()
        real = target.parent.resolve() / target.name
        if not real.is_relative_to(folder) or any(part.startswith(".") for part in real.relative_to(folder).parts):
            raise IamsqlError(
                f"COPY in a query file creates visible files below the working folder only, not {seen(path)}.\n{ALLOW}"
            )

    def _replace(self, place: Path, path: str) -> None:
        """Give a temporary file its name; where it must be new, the name is claimed first, so that nothing is replaced."""
        target = home(Path(path))
        if place.is_dir():  # partitions, which --allow-files lets DuckDB write
            place.rename(target)
            return
        place.chmod(stat.S_IRUSR | stat.S_IWUSR)
        if not self.typed:
            os.close(os.open(target, NEW, 0o600))
        place.replace(target)


@contextmanager
def staged(sql: str, run: Path, *, typed: bool) -> Iterator[tuple[str, Copies]]:
    """Yield SQL whose COPY statements write temporary files, which get their names when the block ends without an error.

    `typed` is true for SQL that the user typed or allowed. Raise IamsqlError for a target that may not be written.
    """
    copies = Copies(run, typed)
    try:
        yield dialect.redirect(sql, copies.stage), copies
        copies.finish()
    except OSError as error:
        name = renamed(str(error.filename), copies.places)
        raise IamsqlError(f"Cannot write {seen(name)}: {error.strerror}.") from error
    finally:
        copies.remove()


def renamed(message: str, places: Mapping[str, str]) -> str:
    """Put the paths of the statement in the place of those of the temporary files."""
    for place, path in places.items():
        message = message.replace(place, path)
    return message


def _send(place: Path, name: str) -> None:
    """Write a file to standard output or standard error; control characters are shown on a terminal."""
    if not name:
        return
    stream = getattr(sys, name)
    if not stream.isatty():
        stream.flush()
        with place.open("rb") as source:
            shutil.copyfileobj(source, stream.buffer)
        stream.buffer.flush()
        return
    try:
        text = place.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise IamsqlError("COPY gave binary data, which a terminal cannot show.\nName a file.") from error
    stream.write("\n".join(map(seen, text.split("\n"))))
    stream.flush()


def _is_database(path: Path) -> bool:
    """Return whether a file is a database of DuckDB, such as a run: none is written over."""
    with path.open("rb") as stream:
        return stream.read(12)[8:] == b"DUCK"
