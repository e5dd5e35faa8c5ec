"""Which files are CloudTrail logs, told by their place or by how they begin: DuckDB reads them, not this room."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from iamsql.importer.files import File

HEAD = 16 * 1024
# AWS's documentation of log file names: …/account/CloudTrail/region/year/month/day/account_CloudTrail_region_time_….json.gz
PLACE = re.compile(
    r"(?:^|/)(?P<account>\d{12})/CloudTrail/(?P<region>[a-z0-9-]+)/\d{4}/\d\d/\d\d/[^/]+$"
    r"|(?:^|/)(?P<account_>\d{12})_CloudTrail_(?P<region_>[a-z0-9-]+)_\d{8}T\d{4}Z[^/]*$"
)
BESIDE = {"CloudTrail-Digest": "a digest of CloudTrail, no log", "CloudTrail-Insight": "Insights of CloudTrail, no log"}
RECORDS = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[')
RECORD = re.compile(rb"\s*\[?\s*\{")
MARKS = (b'"eventVersion"', b'"eventSource"', b'"eventName"')


@dataclass(frozen=True)
class Log:
    """A CloudTrail log file, and the account and region that its name tells, if it does."""

    path: Path
    account_id: str = ""
    region: str = ""


def passed_over(path: Path) -> str | None:
    """Say why a file that CloudTrail lays beside its logs is left alone."""
    return next((why for folder, why in BESIDE.items() if f"/{folder}/" in path.as_posix()), None)


def log_of(file: File) -> Log | None:
    """Tell whether a file is a CloudTrail log: by its name, which counts even when it is damaged, or by its beginning."""
    if placed := log_in_place(file.path):
        return placed
    head = _head(file.path)
    if RECORDS.match(head) or (RECORD.match(head) and all(mark in head for mark in MARKS)):
        return Log(file.path)
    return None


def log_in_place(path: Path) -> Log | None:
    """Tell whether a path is that of a CloudTrail log."""
    placed = PLACE.search(path.as_posix())
    if placed is None or passed_over(path):
        return None
    named = placed.groupdict()
    return Log(path, named["account"] or named["account_"] or "", named["region"] or named["region_"] or "")


def _head(path: Path) -> bytes:
    """Read how a file begins, unpacked; nothing where that cannot be read, which others will say."""
    try:
        with path.open("rb") as file:
            raw = file.read(HEAD)
        if not raw.startswith(b"\x1f\x8b"):
            return raw.removeprefix(b"\xef\xbb\xbf")
        with gzip.open(path) as unpacked:
            return unpacked.read(HEAD)
    except (OSError, EOFError, zlib.error):
        return b""
