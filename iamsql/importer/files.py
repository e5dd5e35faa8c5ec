"""From paths to parsed documents: a file that claims to be a dump and cannot be read is an error, never a gap."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from iamsql.gunzip import StreamError, size_of, unpacked
from iamsql.model import IamsqlError

REPORT_HEADER = "user,arn,user_creation_time,"
# PowerShell's `>` writes UTF-16 with a mark.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
HEAD = 2**20  # bytes of a file that are parsed at once
DUMP = 2**30  # bytes that a dump may hold
REPORT = 16 * 2**20  # characters of a credential report: 40,000 users
AGAIN = "Dump it again, or leave it out."


class NoText(Exception):
    """A file that is no text and does not claim to be a dump."""


@dataclass(frozen=True)
class File:
    """A file to read; `root` is the folder that was given, or the file's own. `named` means given by the user."""

    path: Path
    root: Path
    named: bool


def walk(paths: Sequence[Path]) -> tuple[list[File], list[tuple[Path, str]]]:
    """List the files under the paths, each once and in order, and what was passed over; links are not followed."""
    files: dict[Path, File] = {}
    passed: list[tuple[Path, str]] = []
    for path in paths:
        if not path.exists():
            raise IamsqlError(
                f"{path}: there is no such file or folder.\nCheck the path; relative ones start at {Path.cwd()}."
            )
        if path.is_dir():
            for inner in _inside(path):
                if inner.is_symlink():
                    passed.append((inner, "a symbolic link, not followed"))
                elif not inner.is_file():
                    passed.append((inner, f"{_kind(inner)}, not read"))
                else:
                    files.setdefault(inner.resolve(), File(inner, path, named=False))
        elif path.is_file():
            files[path.resolve()] = File(path, path.parent, named=True)
        else:
            raise IamsqlError(f"{path}: {_kind(path)}, neither a file nor a folder.\nGive files or folders.")
    return list(files.values()), passed


def _kind(path: Path) -> str:
    """Name what is neither a file nor a folder; it is not opened, since a FIFO or a device may never end."""
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError as error:
        return str(error.strerror)
    return {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}.get(kind, "a device")


def _inside(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise IamsqlError(f"{error.filename}: {error.strerror}.\nMake it readable, or leave it out.")

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if Path(parent, name).is_symlink()]
        yield from (Path(parent, name) for name in sorted([*names, *links]) if not name.startswith("."))


def texts(file: File) -> Iterator[str]:
    """Yield the text of a file, unpacked; the first part of it is all of it, or HEAD or more.

    Raise NoText for a file that is no text and does not claim to be a dump, IamsqlError for any other that cannot be read.
    """
    try:
        chunks = unpacked(file.path, DUMP)
        head = b""
        for chunk in chunks:
            head += chunk
            if len(head) >= HEAD:
                break
        encoding = next((name for mark, name in MARKS if head.startswith(mark)), "utf-8")
        decoder, place = codecs.getincrementaldecoder(encoding)(), 0
        for chunk in chain([head], chunks):
            yield decoder.decode(chunk)
            place += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if not file.named and not {".json", ".csv"} & {suffix.lower() for suffix in file.path.suffixes}:
            raise NoText from error
        raise IamsqlError(
            f"{file.path}: no {encoding.removesuffix('-sig').upper()} text (byte {place + error.start}).\n"
            "Save it as UTF-8, or leave it out."
        ) from error
    except StreamError as error:
        if error.code == "too_large":
            raise too_large(file.path, error.words) from error
        raise IamsqlError(f"{file.path}: a damaged gzip file ({error}).\nCopy it again, or leave it out.") from error
    except OSError as error:
        raise IamsqlError(f"{file.path}: {error.strerror}.\nMake it readable, or leave it out.") from error


def too_large(path: Path, words: str) -> IamsqlError:
    """Return the error that refuses a file for its size."""
    return IamsqlError(f"{path}: {words}.\nSplit it into files for one account or one list each, or leave it out.")


def report_text(path: Path, parts: Iterable[str]) -> str:
    """Join the text of a credential report; raise IamsqlError for one of more than REPORT characters."""
    text = ""
    for part in parts:
        text += part
        if len(text) > REPORT:
            raise too_large(path, f"a credential report of more than {size_of(REPORT)}")
    return text


def documents(path: Path, text: str) -> list[Any] | None:
    """Parse the JSON documents that follow each other in a text; None when it does not look like JSON."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    decoder, place, found = json.JSONDecoder(), 0, []
    try:
        while (place := _next(text, place)) < len(text):
            value, place = decoder.raw_decode(text, place)
            found.append(value)
    except json.JSONDecodeError as error:
        cut = (
            "cut short" if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated") else "no right JSON"
        )
        raise IamsqlError(f"{path}:{error.lineno}: {cut} ({error.msg}, column {error.colno}).\n{AGAIN}") from error
    except (RecursionError, ValueError) as error:
        raise IamsqlError(
            f"{path}: nested too deeply, or with a number too long, for an AWS answer.\n{AGAIN}"
        ) from error
    return found


def _next(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def report_rows(path: Path, text: str, made: str | None) -> list[dict[str, Any]]:
    """Read a credential report, one dict a row by the header, each with the time that the report was made."""
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise IamsqlError(f"{path}: no right CSV ({error}).\n{AGAIN}") from error
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise IamsqlError(f"{path}: row {number} of the report has {len(row)} values, not {len(header)}.\n{AGAIN}")
    return [dict(zip(header, row, strict=True)) | {"GeneratedTime": made} for row in rows]
