"""From paths to parsed documents: a file that claims to be a dump and cannot be read is an error, never a gap."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError

REPORT_HEADER = "user,arn,user_creation_time,"
# PowerShell's `>` writes UTF-16 with a mark.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
UNPACKED = 2**31  # bytes that a gzip file may hold
AGAIN = "Dump it again, or leave it out."


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
                elif inner.is_file():
                    files.setdefault(inner.resolve(), File(inner, path, named=False))
        elif path.is_file():
            files[path.resolve()] = File(path, path.parent, named=True)
        else:
            raise IamsqlError(f"{path}: neither a file nor a folder.\nGive files or folders.")
    return list(files.values()), passed


def _inside(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise IamsqlError(f"{error.filename}: {error.strerror}.\nMake it readable, or leave it out.")

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if Path(parent, name).is_symlink()]
        yield from (Path(parent, name) for name in sorted([*names, *links]) if not name.startswith("."))


def text_of(file: File) -> str | None:
    """Read a file as text, unpacked; None when it is no text and does not claim to be a dump."""
    raw = _bytes(file.path)
    encoding = next((name for mark, name in MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if not file.named and not {".json", ".csv"} & {suffix.lower() for suffix in file.path.suffixes}:
            return None
        raise IamsqlError(
            f"{file.path}: no {encoding.removesuffix('-sig').upper()} text (byte {error.start}).\n"
            "Save it as UTF-8, or leave it out."
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return _unpacked(path, raw) if raw.startswith(b"\x1f\x8b") else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise IamsqlError(f"{path}: a damaged gzip file ({error}).\nCopy it again, or leave it out.") from error
    except OSError as error:
        raise IamsqlError(f"{path}: {error.strerror}.\nMake it readable, or leave it out.") from error


def _unpacked(path: Path, raw: bytes) -> bytes:
    """Unpack a gzip file; one that is small and unpacks to more than a machine holds is refused on the way."""
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
        text = stream.read(UNPACKED + 1)
    if len(text) > UNPACKED:
        raise IamsqlError(f"{path}: unpacks to more than {UNPACKED >> 30} GiB.\nPart it, or leave it out.")
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
