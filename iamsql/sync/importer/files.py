"""Find files and read them as text. A file that looks like a response and cannot be read is an error, not a gap."""

from __future__ import annotations

import codecs
import csv
import io
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.sync.gunzip import StreamError, format_size, read_chunks

REPORT_HEADER = "user,arn,user_creation_time,"
# PowerShell's `>` writes UTF-16 with a byte order mark.
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FIRST_BYTES = 4096  # bytes that show whether a file is JSON or a credential report
MAX_FILE_BYTES = 2**30  # bytes of a file, uncompressed
MAX_REPORT_CHARACTERS = 16 * 2**20  # characters of a credential report: 40,000 users
WRITE_AGAIN = "Write the file again, or leave it out."


class NotTextError(Exception):
    """A file that is not text and has no name of a text file, and that the user did not specify."""


@dataclass(frozen=True)
class InputFile:
    """A file to read. `root` is the folder that the user specified, or the file's own. `named`: the user specified the file."""

    path: Path
    root: Path
    named: bool


def walk(paths: Sequence[Path]) -> tuple[list[InputFile], list[tuple[Path, str]]]:
    """Return the files under the paths, each once and in order, and the paths that are skipped. Links are not followed."""
    files: dict[Path, InputFile] = {}
    skipped: list[tuple[Path, str]] = []
    for path in paths:
        if not path.exists():
            raise IamsqlError(
                f"{path}: there is no such file or folder.\nCheck the path; relative ones start at {Path.cwd()}."
            )
        if path.is_dir():
            for inner in _files_in(path):
                if inner.is_symlink():
                    skipped.append((inner, "a symbolic link, not followed"))
                elif not inner.is_file():
                    skipped.append((inner, f"{_file_type(inner)}, not read"))
                else:
                    files.setdefault(inner.resolve(), InputFile(inner, path, named=False))
        elif path.is_file():
            files[path.resolve()] = InputFile(path, path.parent, named=True)
        else:
            raise IamsqlError(f"{path}: {_file_type(path)}, neither a file nor a folder.\nSpecify files or folders.")
    return list(files.values()), skipped


def _file_type(path: Path) -> str:
    """Return the kind of a path that is neither a file nor a folder. It is not opened: reading a FIFO may not end."""
    try:
        file_type = stat.S_IFMT(path.stat().st_mode)
    except OSError as error:
        return str(error.strerror)
    return {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}.get(file_type, "a device")


def _files_in(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise IamsqlError(f"{error.filename}: {error.strerror}.\nMake it readable, or leave it out.")

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if Path(parent, name).is_symlink()]
        yield from (Path(parent, name) for name in sorted([*names, *links]) if not name.startswith("."))


def texts(file: InputFile) -> Iterator[str]:
    """Yield the decompressed text of a file in parts. The first part is the complete text, or has at least FIRST_BYTES bytes.

    Raise NotTextError for a file that is not text and that the user did not specify, and IamsqlError for any other unreadable file.
    """
    try:
        chunks = read_chunks(file.path, MAX_FILE_BYTES)
        first_bytes = b""
        for chunk in chunks:
            first_bytes += chunk
            if len(first_bytes) >= FIRST_BYTES:
                break
        encoding = next((name for mark, name in BYTE_ORDER_MARKS if first_bytes.startswith(mark)), "utf-8")
        decoder, offset = codecs.getincrementaldecoder(encoding)(), 0
        for chunk in chain([first_bytes], chunks):
            yield decoder.decode(chunk)
            offset += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if not file.named and not {".json", ".csv"} & {suffix.lower() for suffix in file.path.suffixes}:
            raise NotTextError from error
        raise IamsqlError(
            f"{file.path}: not {encoding.removesuffix('-sig').upper()} text (byte {offset + error.start}).\n"
            "Save it as UTF-8, or leave it out."
        ) from error
    except StreamError as error:
        if error.code == "too_large":
            raise too_large_error(file.path, error.words) from error
        raise IamsqlError(f"{file.path}: a damaged gzip file ({error}).\nCopy it again, or leave it out.") from error
    except OSError as error:
        raise IamsqlError(f"{file.path}: {error.strerror}.\nMake it readable, or leave it out.") from error


def too_large_error(path: Path, message: str) -> IamsqlError:
    """Return the error for a file that is too large."""
    return IamsqlError(f"{path}: {message}.\nSplit it into files for one account or one list each, or leave it out.")


def report_text(path: Path, parts: Iterable[str]) -> str:
    """Return the text of a credential report; raise IamsqlError for more than MAX_REPORT_CHARACTERS characters."""
    text = ""
    for part in parts:
        text += part
        if len(text) > MAX_REPORT_CHARACTERS:
            raise too_large_error(path, f"a credential report of more than {format_size(MAX_REPORT_CHARACTERS)}")
    return text


def report_rows(path: Path, text: str, generated: str | None) -> list[dict[str, Any]]:
    """Return the rows of a credential report as dicts by column; `generated` becomes their GeneratedTime.

    Raise IamsqlError for invalid CSV.
    """
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise IamsqlError(f"{path}: not valid CSV ({error}).\n{WRITE_AGAIN}") from error
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise IamsqlError(
                f"{path}: row {number} of the report has {len(row)} values, not {len(header)}.\n{WRITE_AGAIN}"
            )
    return [dict(zip(header, row, strict=True)) | {"GeneratedTime": generated} for row in rows]
