"""Export a run to a folder of Parquet or CSV files. The folder is written under another name and renamed when complete."""

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

from iamsql.model import IamsqlError
from iamsql.query.export.table_files import (
    FORMATS,
    Relation,
    copy_statement,
    read_back_sql,
    relations,
    row_count_and_partitioning,
)
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.not_collected import find_uncollected, not_collected_error
from iamsql.runs.coverage.summary import table_states
from iamsql.runs.directory import expand_user
from iamsql.runs.latest import Requirements, choose
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.reader import Reader, open_run
from iamsql.tables.names import WILDCARD_CHARACTERS, matching_names
from iamsql.version import __version__

RUN_TABLES = (
    "accounts",
    "coverage",
    "event_coverage",
    "run",
)  # of the schema iamsql: how complete the other tables are
MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class ExportResult:
    """What was written. `status` is the status of the run, '' for a file that iamsql did not write."""

    folder: Path
    tables: int
    rows: int
    status: str
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """Return the sentences for the user."""
        tables = pluralize(self.tables, "table")
        lines = [*self.notes, f"Wrote {tables}, {self.rows} rows in total, and {MANIFEST_NAME} to {self.folder}."]
        if self.status in ("incomplete", "empty"):
            lines.append("The run is incomplete: see `state` in the manifest, and iamsql/coverage.")
        return lines


@dataclass(frozen=True)
class ExportOptions:
    """What to write: the format, names or patterns of tables (default: all), raw tables or not, and whether to escape formulas."""

    fmt: str = "parquet"
    tables: tuple[str, ...] = ()
    raw: bool = False
    csv_safe: bool = False


def export(
    folder: Path, options: ExportOptions, *, run: str, runs_dir: Path, limits: StatementLimits | None = None
) -> ExportResult:
    """Write the stored tables of a run into a new or empty folder.

    A table is NAME.parquet or NAME.csv, or from 100,000 rows a file for each account in NAME/account_id=…/. Tables of other
    schemas are in iamsql/ and raw/. The manifest has the run's metadata, and the columns, rows and files of each table with
    their SHA-256 and the SQL that reads them. Raise IamsqlError, and leave no files, if the folder cannot be written. Raise
    NotCollected if the run collected no table that matches a name or pattern in `options.tables`.
    """
    if options.fmt not in FORMATS:
        raise IamsqlError(f"unknown format {options.fmt!r} (formats are {', '.join(FORMATS)})")
    choice = choose(runs_dir, run, _requirements(options))
    with staging_folder(folder) as stage, closing(open_run(choice.path, write_under=stage, limits=limits)) as reader:
        selected_tables = _selected_tables(reader, options)
        states = table_states(reader, [table.name for table in selected_tables if table.schema == "main"])
        tables = [
            _write_table(reader, table, stage, options)
            | {"state": str(states[table.name]) if table.schema == "main" and table.name in states else None}
            for table in selected_tables
        ]
        is_escaped = options.csv_safe and options.fmt == "csv"
        manifest = {"iamsql_version": __version__, "format": options.fmt, "csv_safe": is_escaped}
        manifest |= {"file": choice.path.name, "run": _run_metadata(reader), "tables": tables}
        (stage / MANIFEST_NAME).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        rows = sum(table["rows"] for table in tables)
        return ExportResult(folder, len(tables), rows, reader.metadata.status, tuple(choice.notes))


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder with mode 0700 next to the target. It is renamed to the target at the end, and deleted after an error."""
    target = Path(os.path.realpath(expand_user(folder)))
    # Next to the target, because a rename is atomic only within a file system; 100 characters, because names have at most 255.
    stage = target.with_name(f".{target.name[:100]}.{token_hex(4)}.partial")
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise IamsqlError(f"{folder} exists and is not an empty folder.\nGive the path of a new folder.")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stage.mkdir(mode=0o700)
        yield stage
        # DuckDB creates files with the permissions of the umask.
        for parent, folders, files in os.walk(stage):
            for name, mode in (*((name, 0o700) for name in folders), *((name, 0o600) for name in files)):
                Path(parent, name).chmod(mode)
        stage.rename(target)
    except OSError as error:
        raise IamsqlError(f"Cannot write {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _selected_tables(reader: Reader, options: ExportOptions) -> list[Relation]:
    """Return the tables to write: the selected tables, RUN_TABLES, and the raw tables if selected."""
    candidates = relations(reader, ("main", "iamsql", *(["raw"] if options.raw else [])))
    table_names = [table.name for table in candidates if table.schema == "main"]
    requested_names = {name for pattern in options.tables for name in _matching_tables(reader, pattern, table_names)}
    names_by_schema = {"main": requested_names if options.tables else table_names, "iamsql": RUN_TABLES}
    return [table for table in candidates if table.schema == "raw" or table.name in names_by_schema[table.schema]]


def _matching_tables(reader: Reader, pattern: str, table_names: list[str]) -> list[str]:
    """Return the tables that match a name or pattern. Raise NotCollected if the run collected none of them."""
    names = matching_names(pattern, table_names)
    not_collected_tables = find_uncollected(reader, names)
    if set(names) <= not_collected_tables.keys():
        raise not_collected_error(reader.metadata, not_collected_tables, names)
    return names


def _requirements(options: ExportOptions) -> Requirements:
    """Return what a run must have for the export: the named tables, or the default tables."""
    if not options.tables or any(set(pattern) & WILDCARD_CHARACTERS for pattern in options.tables):
        return Requirements()
    return Requirements(lambda path: [name.lower() for name in options.tables])


def _write_table(reader: Reader, table: Relation, stage: Path, options: ExportOptions) -> dict[str, Any]:
    """Write a table and return its entry of the manifest."""
    rows, by_account = row_count_and_partitioning(reader, table)
    target = stage / (table.stem if by_account else f"{table.stem}.{options.fmt}")
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        reader.run(copy_statement(table, str(target), options.fmt, by_account=by_account, csv_safe=options.csv_safe))
    except IamsqlError as error:
        raise IamsqlError(f"{table.schema}.{table.name} cannot be written: {error}") from error
    files = sorted(target.rglob(f"*.{options.fmt}")) if by_account else [target]
    return {
        "schema": table.schema,
        "name": table.name,
        "about": table.about,
        "rows": rows,
        "partitioned_by": ["account_id"] if by_account else [],
        "columns": [{"name": column.name, "type": column.type, "about": column.about} for column in table.columns],
        "read": read_back_sql(table, options.fmt, by_account=by_account),
        "files": [_file_entry(path, stage) for path in files],
    }


def _file_entry(path: Path, stage: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"path": path.relative_to(stage).as_posix(), "bytes": path.stat().st_size, "sha256": digest}


def _run_metadata(reader: Reader) -> dict[str, Any]:
    """Return the metadata of the run, with times in ISO 8601; {} for a file that is not a run."""
    if not reader.metadata.run_id:
        return {}
    metadata = vars(reader.metadata)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in metadata.items()}
