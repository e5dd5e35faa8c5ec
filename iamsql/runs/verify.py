"""Whether run files are whole: every block is read, and the rows are held against what the run says of itself.

DuckDB keeps a checksum of each block; reading all rows of all tables has it compare them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iamsql.model import IamsqlError, Result, snake
from iamsql.runs.folder import PARTIAL, list_runs
from iamsql.runs.glances import FINISHED
from iamsql.runs.names import resolve
from iamsql.sqltext import identifier

if TYPE_CHECKING:
    from iamsql.store.read import Reader

STORED = (
    "select schema_name, table_name from system.main.duckdb_tables() where not internal and not temporary order by all"
)
LOST = """
select distinct table_name from iamsql.table_calls where table_name not in (
    select table_name from system.main.duckdb_tables() where schema_name = 'main'
    union all select view_name from system.main.duckdb_views() where schema_name = 'main')
order by all
"""
READ = "select service, operation, sum(items) from iamsql.coverage where status = 'ok' group by all order by all"
COLUMNS = {
    "run": "VARCHAR",
    "status": "VARCHAR",
    "tables": "BIGINT",
    "rows": "BIGINT",
    "bytes": "BIGINT",
    "sha256": "VARCHAR",
    "note": "VARCHAR",
}


@dataclass(frozen=True)
class Checked:
    """A file that was looked at: `status` is whole, damaged, unfinished, or as a glance would say; sizes in bytes."""

    path: Path
    status: str
    note: str = ""
    tables: int | None = None
    rows: int | None = None
    size: int | None = None
    sha256: str | None = None

    def row(self) -> tuple[object, ...]:
        """Give the values in the order of the columns."""
        run = self.path.name.removesuffix(PARTIAL).removesuffix(".duckdb")
        return (run, self.status, self.tables, self.rows, self.size, self.sha256, self.note or None)


def verify(folder: Path, names: Sequence[str] = ()) -> tuple[Result, bool]:
    """Check the runs named, else all of the folder; answers rows, and whether each is whole.

    Where none is named, a partial, a run that is being written and a DuckDB file of others are told and not held against
    the folder.
    """
    paths = [resolve(folder, name) for name in names] or [run.path for run in list_runs(folder)]
    checked = [check(path) for path in dict.fromkeys(paths)]
    checked = [one for one in checked if names or one.status != "gone"]
    rows = [one.row() for one in checked]
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values())), all(_passes(one, bool(names)) for one in checked)


def check(path: Path) -> Checked:
    """Read a file whole and tell what is wrong with it."""
    from iamsql.store.bounds import Bounds
    from iamsql.store.held import Unopened
    from iamsql.store.read import open_run

    try:
        with closing(open_run(path, bounds=Bounds(seconds=0))) as reader:
            status, note, tables, rows = _judged(path, reader)
    except Unopened as error:
        status, note, tables, rows = {"corrupt": "damaged"}.get(error.kind, error.kind), error.reason, None, None
    except IamsqlError as error:
        status, note, tables, rows = "damaged", str(error).splitlines()[0], None, None
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest() if status != "running" else None
        return Checked(path, status, note, tables, rows, path.stat().st_size, digest)
    except FileNotFoundError:
        return Checked(path, "gone", "it was deleted or renamed meanwhile")
    except OSError as error:
        return Checked(path, "damaged", error.strerror or str(error))


def _judged(path: Path, reader: Reader) -> tuple[str, str, int, int]:
    """Read every table of an open file, then hold them against what the run says."""
    tables: dict[str, dict[str, int]] = {}
    for schema, table in reader.run(STORED).rows:
        whole = f"select count(*), bit_xor(hash(t)) from {identifier(schema)}.{identifier(table)} as t"
        tables.setdefault(schema, {})[table] = reader.run(whole).rows[0][0]
    counts = (sum(map(len, tables.values())), sum(rows for one in tables.values() for rows in one.values()))
    if not reader.facts.run_id:
        return "foreign", "a DuckDB file that iamsql did not make", *counts
    if path.name.endswith(PARTIAL):
        return "partial", "it was never finished: iamsql sync --resume", *counts
    if reader.facts.status not in FINISHED:
        return "unfinished", "it was never finished, though its name says so", *counts
    wrong = list(_wrong(reader, tables))
    return "damaged" if wrong else "whole", "; ".join(wrong[:3]), *counts


def _wrong(reader: Reader, tables: dict[str, dict[str, int]]) -> Iterator[str]:
    """Say what a run lacks of what it says of itself."""
    from iamsql import shape
    from iamsql.store.held import CORE
    from iamsql.store.layout import TABLES

    own = tables.get("iamsql", {})
    wanted = TABLES.keys() if reader.facts.schema_fingerprint == shape.fingerprint() else CORE.keys()
    yield from (f"there is no table iamsql.{name}" for name in sorted(wanted - own.keys()))
    if own.get("run", 1) != 1:
        yield f"iamsql.run has {own['run']} rows, not one"
    yield from (f"iamsql.{name} is empty" for name in ("accounts", "coverage") if own.get(name) == 0)
    yield from (f"there is no table {name}" for (name,) in reader.run(LOST).rows)
    raw = tables.get("raw", {})
    for service, operation, items in reader.run(READ).rows:
        held = _rows_of(f"{service.replace('-', '_')}_{snake(operation)}", raw)
        if held is not None and held < items:
            yield f"{service}:{operation} brought {items} items, and {held} are there"


def _rows_of(call: str, raw: dict[str, int]) -> int | None:
    """Count the rows of a call's raw tables, those of the parts of its answer too; None where it has none."""
    held = [rows for name, rows in raw.items() if name == call or name.startswith(f"{call}_")]
    return sum(held) if held else None


def _passes(one: Checked, named: bool) -> bool:
    return one.status == "whole" or (not named and one.status in ("partial", "running", "foreign"))
