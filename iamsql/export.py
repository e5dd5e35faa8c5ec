"""The corridor from a run file to a folder of files that any tool reads: written beside it, put in place when whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from iamsql import __version__
from iamsql.model import IamsqlError
from iamsql.runs.collected import not_collected
from iamsql.runs.directory import home
from iamsql.runs.latest import Needs, choose
from iamsql.runs.missing import refusal
from iamsql.schema.names import WILD, fitting
from iamsql.store.bounds import Bounds
from iamsql.store.read import Reader, open_run
from iamsql.store.unload import FORMATS, Held, copy, held, read_back, size

OWN = (
    "accounts",
    "coverage",
    "event_coverage",
    "run",
)  # tables of the schema iamsql, without which no row can be judged
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Exported:
    """What was written: the folder, how many tables and rows, and the run's status ('' for a file of others)."""

    folder: Path
    tables: int
    rows: int
    status: str
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """Say it to the user."""
        tables = "1 table" if self.tables == 1 else f"{self.tables} tables"
        said = [*self.notes, f"Wrote {tables}, {self.rows} rows in all, and {MANIFEST} to {self.folder}."]
        if self.status in ("gaps", "empty"):
            said.append("The run lacks some of what it wanted: `state` in the manifest and iamsql/coverage say what.")
        return said


@dataclass(frozen=True)
class Wanted:
    """What to write: names or patterns of tables (none is all), raw items too, and whether CSV is to be safe in a spreadsheet."""

    fmt: str = "parquet"
    tables: tuple[str, ...] = ()
    raw: bool = False
    csv_safe: bool = False


def export(folder: Path, wanted: Wanted, *, run: str, runs_dir: Path, bounds: Bounds | None = None) -> Exported:
    """Write a run's tables, as the file keeps them, into a new or empty folder.

    Each is NAME.parquet or NAME.csv, or from 100,000 rows on NAME/account_id=…/ with a file an account; those of other
    schemas stand in iamsql/ and raw/. The manifest has the run's facts, each table's columns, rows, files with their
    SHA-256, and the SQL that reads it back. Raise IamsqlError, and leave nothing, when it cannot be done, and where nothing
    of a name or pattern in `wanted.tables` was collected.
    """
    if wanted.fmt not in FORMATS:
        raise IamsqlError(f"unknown format {wanted.fmt!r} (formats are {', '.join(FORMATS)})")
    choice = choose(runs_dir, run, _needs(wanted))
    path = choice.path
    with _beside(folder) as stage, closing(open_run(path, write_under=stage, bounds=bounds)) as reader:
        chosen = _chosen(reader, wanted)
        states = reader.states([one.name for one in chosen if one.schema == "main"])
        told = [
            _written(reader, one, stage, wanted)
            | {"state": str(states[one.name]) if one.schema == "main" and one.name in states else None}
            for one in chosen
        ]
        made = {
            "iamsql_version": __version__,
            "format": wanted.fmt,
            "csv_safe": wanted.csv_safe and wanted.fmt == "csv",
        }
        facts = made | {"file": path.name, "run": _facts(reader), "tables": told}
        (stage / MANIFEST).write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return Exported(folder, len(told), sum(one["rows"] for one in told), reader.facts.status, tuple(choice.notes))


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a folder beside the target that takes its place when all went well, and goes when not; for its owner's eyes only."""
    target = Path(os.path.realpath(home(folder)))
    stage = target.with_name(f".{target.name[:100]}.{token_hex(4)}.partial")
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise IamsqlError(f"{folder} is there already and not an empty folder.\nName a new one.")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stage.mkdir(mode=0o700)
        yield stage
        for at, folders, files in os.walk(stage):
            for name, mode in (*((one, 0o700) for one in folders), *((one, 0o600) for one in files)):
                Path(at, name).chmod(mode)
        stage.rename(target)
    except OSError as error:
        raise IamsqlError(f"Cannot write {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _chosen(reader: Reader, wanted: Wanted) -> list[Held]:
    """Choose the tables: those of main that were named, what tells how the run went, and raw items where wanted."""
    every = held(reader, ("main", "iamsql", *(["raw"] if wanted.raw else [])))
    main = [one for one in every if one.schema == "main"]
    if wanted.tables:
        names = {name for pattern in wanted.tables for name in _fitting(reader, pattern, [one.name for one in main])}
        main = [one for one in main if one.name in names]
    return [*main, *(one for one in every if one.schema == "raw" or (one.schema == "iamsql" and one.name in OWN))]


def _fitting(reader: Reader, pattern: str, known: list[str]) -> list[str]:
    """Return the tables that a name or pattern fits; raise NotCollected where the run collected none of them."""
    fit = fitting(pattern, known)
    lacking = not_collected(reader, fit)
    if set(fit) <= lacking.keys():
        raise refusal(reader.facts, lacking, fit)
    return fit


def _needs(wanted: Wanted) -> Needs:
    """Return what an export needs of a run: the tables that are named, else whatever a full run has."""
    if not wanted.tables or any(set(pattern) & WILD for pattern in wanted.tables):
        return Needs()
    return Needs(lambda path: [name.lower() for name in wanted.tables])


def _written(reader: Reader, one: Held, stage: Path, wanted: Wanted) -> dict[str, Any]:
    """Write a table and give its part of the manifest."""
    rows, by_account = size(reader, one)
    target = stage / (one.stem if by_account else f"{one.stem}.{wanted.fmt}")
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        reader.run(copy(one, str(target), wanted.fmt, by_account=by_account, csv_safe=wanted.csv_safe))
    except IamsqlError as error:
        raise IamsqlError(f"{one.schema}.{one.name} cannot be written: {error}") from error
    files = sorted(target.rglob(f"*.{wanted.fmt}")) if by_account else [target]
    return {
        "schema": one.schema,
        "name": one.name,
        "about": one.about,
        "rows": rows,
        "partitioned_by": ["account_id"] if by_account else [],
        "columns": [{"name": column.name, "type": column.type, "about": column.about} for column in one.columns],
        "read": read_back(one, wanted.fmt, by_account=by_account),
        "files": [_file(path, stage) for path in files],
    }


def _file(path: Path, stage: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"path": path.relative_to(stage).as_posix(), "bytes": path.stat().st_size, "sha256": digest}


def _facts(reader: Reader) -> dict[str, Any]:
    """Give what the file says of itself, times as ISO texts; nothing for a file that is no run."""
    if not reader.facts.run_id:
        return {}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(reader.facts).items()
    }
