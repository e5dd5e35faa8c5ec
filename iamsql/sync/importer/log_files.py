"""Detect CloudTrail log files, by path or by their first bytes; DuckDB reads them."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from iamsql.sync.cloudtrail.log_files import LogFile
from iamsql.sync.gunzip import StreamError, read_chunks
from iamsql.sync.importer.files import MAX_FILE_BYTES, InputFile

EXAMINED_BYTES = 16 * 1024  # bytes that are examined
# Source: AWS's documentation of log file names, …/account/CloudTrail/region/year/month/day/account_CloudTrail_region_time_….json.gz
LOG_PATH = re.compile(
    r"(?:^|/)(\d{12})/CloudTrail/([a-z0-9-]+)/\d{4}/\d\d/\d\d/[^/]+$"
    r"|(?:^|/)(\d{12})_CloudTrail_([a-z0-9-]+)_\d{8}T\d{4}Z[^/]*$"
)
OTHER_FOLDERS = {
    "CloudTrail-Digest": "a CloudTrail digest, not a log",
    "CloudTrail-Insight": "CloudTrail Insights, not a log",
}
RECORDS = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[')
RECORD = re.compile(rb"\s*\[?\s*\{")
RECORD_KEYS = (b'"eventVersion"', b'"eventSource"', b'"eventName"')


def skip_reason(path: Path) -> str | None:
    """Return the reason why a digest or Insights file of CloudTrail is skipped; None for other files."""
    return next((reason for folder, reason in OTHER_FOLDERS.items() if f"/{folder}/" in path.as_posix()), None)


def detect_log(file: InputFile, account: str | None) -> LogFile | None:
    """Return the log for a file with the path or the first bytes of a log; None for other files.

    Records without an account belong to the account in the path, or to `account` if the path has none.
    """
    # A damaged file with the path of a log is an unreadable log, not a file to skip.
    if by_path := log_from_path(file.path):
        return by_path
    first_bytes = _first_bytes(file.path)
    if RECORDS.match(first_bytes) or (RECORD.match(first_bytes) and all(key in first_bytes for key in RECORD_KEYS)):
        return LogFile(file.path, str(file.path), account or "")
    return None


def log_from_path(path: Path) -> LogFile | None:
    """Return the log for a path that has the form of a CloudTrail log; None for other paths."""
    match = LOG_PATH.search(path.as_posix())
    if match is None or skip_reason(path):
        return None
    account_id, region = filter(None, match.groups())
    return LogFile(path, str(path), account_id, region)


def _first_bytes(path: Path) -> bytes:
    """Return the first bytes of a file, decompressed; b"" if it cannot be read, which is an error later."""
    try:
        return next(read_chunks(path, MAX_FILE_BYTES), b"")[:EXAMINED_BYTES].removeprefix(codecs.BOM_UTF8)
    except (OSError, StreamError):
        return b""
