"""Decide where COPY may write.

SQL that the user typed writes any file except databases, files of a lake and symbolic links. A query file creates data files
below the working directory.

DuckDB writes to a private folder next to the target. iamsql renames the result to the target after the statement succeeded, so
no SQL reads its own output and no link is followed. Files have mode 0600. Output for a standard stream is copied.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from iamsql import dialect
from iamsql.catalog.settings.untrusted_files import LOCAL_QUERIES_FOLDER
from iamsql.escaping import printable
from iamsql.model import IamsqlError
from iamsql.runs.directory import expand_user
from iamsql.runs.private_files import NEW_FILE_FLAGS

STREAM_BY_PATH = {  # standard stream by path; "" discards the output
    "/dev/stdout": "stdout",
    "/dev/fd/1": "stdout",
    "/proc/self/fd/1": "stdout",
    "/dev/stderr": "stderr",
    "/dev/fd/2": "stderr",
    "/proc/self/fd/2": "stderr",
    "/dev/null": "",
}
ALLOW_COPY_HINT = "Read the query, then allow it with --allow-copy."
# The files that a query file may create: no configuration, no query, no log of a run, and nothing that a shell or a tool runs.
DATA_SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx")
COMPRESSION_SUFFIXES = (".gz", ".zst")
MANIFEST_FOLDER_NAME = "manifest"  # the folder of the lists of a lake


@dataclass
class CopyTargets:
    """The files that the COPY statements of a query write: `targets` maps temporary files to the paths of the statements.

    `protected` are folders where a query file creates nothing: runs and queries.
    """

    run: Path
    is_trusted: bool  # the user typed the SQL, or allowed the query file to replace files
    protected: Sequence[Path] = ()
    targets: dict[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """Return a line for each file that was written."""
        return [
            f"Wrote {expand_user(Path(path)).resolve()}."
            for path in self.targets.values()
            if path not in STREAM_BY_PATH
        ]

    def stage(self, path: str) -> str:
        """Return the temporary file that DuckDB writes instead of `path`; raise IamsqlError for a target that is not allowed."""
        target = expand_user(Path(path))
        if not path or "\0" in path or "://" in path or (target.is_dir() and not target.is_symlink()):
            if not self.is_trusted:
                raise IamsqlError(f"COPY in a query file does not write to {printable(path)}.\n{ALLOW_COPY_HINT}")
            return path  # partitions and URLs, which DuckDB refuses except under --allow-files
        if path not in STREAM_BY_PATH:
            self._require_allowed(path, target)
        try:
            # In the folder of the target, because a file cannot be renamed to another file system.
            folder = (
                mkdtemp(prefix="iamsql-") if path in STREAM_BY_PATH else mkdtemp(prefix=".iamsql-", dir=target.parent)
            )
        except OSError as error:
            raise IamsqlError(f"Cannot write {printable(path)}: {error.strerror}.") from error
        temporary = str(Path(folder, Path(path).name))  # DuckDB derives format and compression from the name
        self.targets[temporary] = path
        return temporary

    def _require_allowed(self, path: str, target: Path) -> None:
        """Raise IamsqlError for a target that is not allowed."""
        if target.is_symlink():
            raise IamsqlError(
                f"COPY does not write through the link {printable(path)}.\nName the file that the link points to."
            )
        exists = os.path.lexists(target)
        if exists and (not target.is_file() or target.samefile(self.run) or _is_database(target)):
            raise IamsqlError(
                f"COPY does not write over {printable(path)}: it is a database or not a regular file.\nName another file."
            )
        if exists and _is_in_lake(target):
            raise IamsqlError(
                f"COPY does not replace {printable(path)}: it is in a lake.\nTo change a lake, use: iamsql lake --help"
            )
        if self.is_trusted:
            return
        if exists:
            raise IamsqlError(f"COPY in a query file does not replace {printable(path)}.\n{ALLOW_COPY_HINT}")
        if reason := self._refusal(target):
            raise IamsqlError(f"COPY in a query file {reason}: not {printable(path)}.\n{ALLOW_COPY_HINT}")

    def _refusal(self, target: Path) -> str:
        """Return why a query file does not create a file, as a part of a sentence, or ''."""
        folder = Path.cwd().resolve()
        resolved_path = target.parent.resolve() / target.name
        if not resolved_path.is_relative_to(folder) or any(
            part.startswith(".") for part in resolved_path.relative_to(folder).parts
        ):
            return "creates only visible files below the working folder"
        if not _is_data_file(resolved_path.name):
            return f"creates only files that end in {', '.join(DATA_SUFFIXES)}"
        if any(resolved_path.is_relative_to(protected.resolve()) for protected in self._protected_folders(folder)):
            return "creates no files in folders of runs and queries, and no suppressions"
        return (
            "creates no files in lakes"
            if _is_in_lake(resolved_path) or resolved_path.parent.name == MANIFEST_FOLDER_NAME
            else ""
        )

    def _protected_folders(self, folder: Path) -> Iterator[Path]:
        """Yield the protected folders, ./queries, and the folder of the run if it is below the working folder."""
        yield from self.protected
        yield folder / LOCAL_QUERIES_FOLDER
        if folder in self.run.resolve().parent.parents:
            yield self.run.parent

    def publish(self, temporary: Path, path: str) -> None:
        """Rename a temporary file to its target, or copy it to its standard stream."""
        target = expand_user(Path(path))
        if path in STREAM_BY_PATH:
            _copy_to_stream(temporary, STREAM_BY_PATH[path])
        elif temporary.is_dir():  # partitions, which --allow-files lets DuckDB write
            temporary.rename(target)
        elif os.path.lexists(temporary):
            temporary.chmod(stat.S_IRUSR | stat.S_IWUSR)
            if not self.is_trusted:
                os.close(os.open(target, NEW_FILE_FLAGS, 0o600))  # with O_EXCL, so no file is replaced
            temporary.replace(target)


@contextmanager
def staged_copies(
    sql: str, run: Path, *, is_trusted: bool, protected: Sequence[Path] = ()
) -> Iterator[tuple[str, CopyTargets]]:
    """Yield the SQL with temporary files as the targets of COPY; rename these when the block ends without an error.

    `is_trusted`: the user typed the SQL, or allowed its file to replace files. Raise IamsqlError for a target that is not
    allowed.
    """
    copies = CopyTargets(run, is_trusted, protected)
    try:
        yield dialect.redirect(sql, copies.stage), copies
        for temporary, path in copies.targets.items():
            copies.publish(Path(temporary), path)
    except IamsqlError as error:
        error.args = (_with_target_paths(str(error), copies.targets),)
        raise
    except OSError as error:
        name = _with_target_paths(str(error.filename), copies.targets)
        raise IamsqlError(f"Cannot write {printable(name)}: {error.strerror}.") from error
    finally:
        for temporary in copies.targets:
            shutil.rmtree(Path(temporary).parent, ignore_errors=True)


def _with_target_paths(message: str, targets: Mapping[str, str]) -> str:
    """Return a message with the temporary paths replaced by the paths of the statement."""
    for temporary, path in targets.items():
        message = message.replace(temporary, path)
    return message


def _copy_to_stream(temporary: Path, name: str) -> None:
    """Copy a file to standard output or standard error. A terminal shows control characters as escapes."""
    if not name:
        return
    stream = getattr(sys, name)
    if not stream.isatty():
        stream.flush()
        # In a CI job, `cli` replaces the streams. What COPY writes to standard output is a machine format, which stays unchanged.
        binary = getattr(getattr(stream, "stream", stream) if name == "stdout" else stream, "buffer", None)
        if binary is None:
            stream.write(temporary.read_text("utf-8", errors="replace"))
            return
        with temporary.open("rb") as source:
            shutil.copyfileobj(source, binary)
        binary.flush()
        return
    try:
        text = temporary.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise IamsqlError("COPY wrote binary data, which a terminal cannot show.\nName a file.") from error
    stream.write("\n".join(map(printable, text.split("\n"))))
    stream.flush()


def _is_data_file(name: str) -> bool:
    """Return whether the name of a file ends as the name of a file with data, which may be compressed."""
    name = name.lower()
    compression = next((suffix for suffix in COMPRESSION_SUFFIXES if name.endswith(suffix)), "")
    return name.removesuffix(compression).endswith(DATA_SUFFIXES)


def _is_in_lake(file: Path) -> bool:
    return any(map(_is_lake, (file.parent.resolve() / file.name).parents))


def _is_lake(folder: Path) -> bool:
    """Return whether a folder is a lake: it has manifests, whose names are numbers."""
    return any((folder / MANIFEST_FOLDER_NAME).glob("[0-9]*.json"))


def _is_database(path: Path) -> bool:
    """Return whether a file is a DuckDB database, such as a run, which COPY does not replace."""
    with path.open("rb") as stream:
        return stream.read(12)[8:] == b"DUCK"  # after the checksum of the header
