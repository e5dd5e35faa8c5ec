"""Check that run files are whole and unchanged: by their digests, their blocks, and what they say of themselves.

DuckDB keeps a checksum of each block; reading all rows of all tables has it compare them. That finds damage. Whoever changes
a run with DuckDB writes new checksums, so a change shows only by a digest or a signature.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from iamsql.model import IamsqlError, Result, snake
from iamsql.render import seen
from iamsql.runs.checksums import NAME, recorded
from iamsql.runs.directory import PARTIAL, list_runs, run_file
from iamsql.runs.run_names import resolve
from iamsql.runs.signatures import Signer, signature_fault
from iamsql.runs.status import FINISHED
from iamsql.sqltext import identifier
from iamsql.store.files import sha256_of

if TYPE_CHECKING:
    from iamsql.store.read import Reader

# The qualified names reach DuckDB's own functions; a macro of the file may have the same name.
STORED = (
    "select schema_name, table_name from system.main.duckdb_tables() where not internal and not temporary order by all"
)
READ_ALL = "select system.main.count(*), system.main.bit_xor(system.main.hash(t)) from"
LOST = """
select distinct table_name from iamsql.table_calls where table_name not in (
    select table_name from system.main.duckdb_tables() where schema_name = 'main'
    union all select view_name from system.main.duckdb_views() where schema_name = 'main')
order by all
"""
READ = "select service, operation, system.main.sum(items) from iamsql.coverage where status = 'ok' group by all order by all"
COLUMNS = {
    "run": "VARCHAR",
    "status": "VARCHAR",
    "tables": "BIGINT",
    "rows": "BIGINT",
    "bytes": "BIGINT",
    "sha256": "VARCHAR",
    "digest": "VARCHAR",
    "note": "VARCHAR",
}


MATCHES, DIFFERS, NOT_LISTED = "matches", "differs", "not listed"
UNKNOWN = f"{NAME} does not list it: it was made by an earlier iamsql, or copied from elsewhere"
SHOWN = 3  # differences that a note names


@dataclass(frozen=True)
class Checked:
    """A file that was checked; `size` is in bytes.

    `status` is whole, damaged, changed, unsigned, missing, unfinished, or as a glance would say. `digest` is matches, differs
    or not listed: how the SHA-256 compares with SHA256SUMS, or with the digest that the user gave.
    """

    path: Path
    status: str
    note: str = ""
    tables: int | None = None
    rows: int | None = None
    size: int | None = None
    sha256: str | None = None
    digest: str | None = None

    def row(self) -> tuple[object, ...]:
        """Give the values in the order of the columns."""
        run = seen(self.path.name.removesuffix(PARTIAL).removesuffix(".duckdb"))
        values = (self.status, self.tables, self.rows, self.size, self.sha256, self.digest, self.note or None)
        return (run, *values)


def verify(
    folder: Path, names: Sequence[str] = (), sha256: str = "", signer: Signer | None = None
) -> tuple[Result, bool]:
    """Check the runs named, else all of the folder; answers rows, and whether each is whole and unchanged.

    `sha256` is a digest in lower case that takes the place of SHA256SUMS. Where no run is named, a partial, a run that is
    being written and a DuckDB file of others are told and not held against the folder.
    """
    paths = [resolve(folder, name) for name in names] or [run.path for run in list_runs(folder)]
    checked = [check(path, sha256, signer) for path in dict.fromkeys(paths)]
    checked = [one for one in checked if names or one.status != "gone"]
    checked += [] if names else _missing(folder)
    rows = [one.row() for one in checked]
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values())), all(_passes(one, bool(names)) for one in checked)


def check(path: Path, sha256: str = "", signer: Signer | None = None) -> Checked:
    """Compare a file's digest and signature, then read the file whole and tell what is wrong with it.

    A file that was changed is not opened.
    """
    before = run_file(path)
    if before is None:
        return Checked(path, "gone", "it was deleted or renamed meanwhile")
    wanted = {sha256} if sha256 else recorded(path.parent).get(path.name, set())
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        return Checked(path, "gone", "it was deleted or renamed meanwhile")
    except OSError as error:
        return Checked(path, "damaged", error.strerror or str(error))
    digest = NOT_LISTED if not wanted else MATCHES if wanted == {found} else DIFFERS
    fault = _changed(wanted, sha256) if digest == DIFFERS else ("", "")
    if not fault[0] and signer and (why := signature_fault(path, signer)):
        fault = ("unsigned", why)
    if fault[0]:
        return Checked(path, *fault, size=before.size, sha256=found, digest=digest)
    checked = replace(_read(path), size=before.size, sha256=found, digest=digest)
    if checked.status in ("running", "gone"):
        return replace(checked, sha256=None, digest=None)
    now = run_file(path)
    if now is None or now.mark != before.mark:
        return replace(checked, status="changed", note="it was written while it was read")
    return _noted(checked, signer)


def _changed(wanted: Collection[str], sha256: str) -> tuple[str, str]:
    """Return the status and the note of a file whose digest differs."""
    if sha256:
        return "changed", "its SHA-256 is not the one given"
    return "changed", f"changed since it was written: {NAME} says {', '.join(sorted(wanted))}"


def _noted(checked: Checked, signer: Signer | None) -> Checked:
    """Add to a note what the digest and the signature say."""
    unknown = checked.digest == NOT_LISTED and checked.status == "whole"
    parts = (checked.note, UNKNOWN if unknown else "", f"signed by {seen(signer.identity)}" if signer else "")
    return replace(checked, note="; ".join(filter(None, parts)))


def _missing(folder: Path) -> Iterator[Checked]:
    """Yield the runs that SHA256SUMS lists and the folder does not have."""
    for name in recorded(folder):
        path = folder / name
        if "/" not in name and run_file(path) is None:
            yield Checked(path, "missing", f"{NAME} lists it; if you deleted it yourself, delete its line there")


def _read(path: Path) -> Checked:
    """Open a file and read it whole."""
    from iamsql.store.bounds import Bounds
    from iamsql.store.held import Unopened
    from iamsql.store.read import open_run

    try:
        with closing(open_run(path, bounds=Bounds(seconds=0))) as reader:
            return Checked(path, *_judged(path, reader))
    except Unopened as error:
        return Checked(path, {"corrupt": "damaged"}.get(error.kind, error.kind), error.reason)
    except IamsqlError as error:
        return Checked(path, "damaged", str(error).splitlines()[0])


def _judged(path: Path, reader: Reader) -> tuple[str, str, int, int]:
    """Read every table of an open file, then hold them against what the run says."""
    from iamsql.runs.catalog_check import differences

    tables: dict[str, dict[str, int]] = {}
    for schema, table in reader.run(STORED).rows:
        select = f"{READ_ALL} {identifier(schema)}.{identifier(table)} as t"
        tables.setdefault(schema, {})[table] = reader.run(select).rows[0][0]
    counts = (sum(map(len, tables.values())), sum(rows for one in tables.values() for rows in one.values()))
    if not reader.facts.run_id:
        return "foreign", "a DuckDB file that iamsql did not make", *counts
    if path.name.endswith(PARTIAL):
        return "partial", "it was never finished: iamsql sync --resume", *counts
    if reader.facts.status not in FINISHED:
        return "unfinished", "it was never finished, though its name says so", *counts
    wrong = list(_wrong(reader, tables))
    if wrong:
        return "damaged", "; ".join(wrong[:SHOWN]), *counts
    changed = differences(reader)
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        named = seen(", ".join(changed[:SHOWN]))
        return "changed", f"not as this version of iamsql declares it: {named}{more}", *counts
    return "whole", "", *counts


def _wrong(reader: Reader, tables: dict[str, dict[str, int]]) -> Iterator[str]:
    """Say what a run lacks of what it says of itself."""
    from iamsql.schema import compiler
    from iamsql.store.held import CORE
    from iamsql.store.layout import TABLES

    own = tables.get("iamsql", {})
    wanted = TABLES.keys() if reader.facts.schema_fingerprint == compiler.fingerprint() else CORE.keys()
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
