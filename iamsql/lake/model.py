"""What the manifest of a lake lists: runs with the files of their tables, and the files of events.

Paths are relative to the lake and have '/' between their parts. Times are ISO 8601 strings in UTC, with the suffix Z.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MANIFEST_FORMAT = 1  # of manifests; rises when an older iamsql cannot read a newer manifest


@dataclass(frozen=True)
class LakeFile:
    """A file of the lake, which is never changed: its size in bytes, its SHA-256 (hexadecimal) and its rows."""

    path: str
    size: int
    sha256: str
    rows: int = 0


@dataclass(frozen=True)
class EventFile:
    """A file of events: their organization, region and day, and the first and the last event time.

    `runs` has the IDs of the runs that added its rows, which the column lake_run of the file names for each row.
    """

    file: LakeFile
    organization: str
    region: str
    day: str
    first: str
    last: str
    runs: tuple[str, ...]


@dataclass(frozen=True)
class LakeRun:
    """A run of the lake. `organization` is the ID of its organization, or of its account if it has none.

    - `files`: the JSON file that lists the files of its tables (`RunFiles`).
    - `size`: the size of these files in bytes.
    - `accounts`: the number of accounts that the run lists.
    - `read`: the number of accounts that the run read.
    - `state`: the status of the run as JSON (`runs.status`). A command chooses a run by its status without reading the files.
    """

    run_id: str
    organization: str
    started_at: str
    finished_at: str
    window_start: str
    window_end: str
    status: str
    iamsql_version: str
    schema_fingerprint: str
    accounts: int
    read: int
    files: LakeFile
    size: int
    added_at: str
    state: str = ""


@dataclass(frozen=True)
class RunFiles:
    """The files of the tables of a run, by table: aws_iam_user, raw.iam_list_users, iamsql.accounts."""

    run_id: str
    tables: dict[str, tuple[LakeFile, ...]]


@dataclass(frozen=True)
class Manifest:
    """The content of a lake at one version. A reader needs no other list of its files."""

    version: int = 0
    runs: tuple[LakeRun, ...] = ()
    events: tuple[EventFile, ...] = field(default=())
