"""Verify that run files are intact and unchanged: by digest, by DuckDB's block checksums, and against their own metadata.

Reading all rows of all tables makes DuckDB compare its block checksums, which detects damage. Somebody who changes a run with
DuckDB writes new checksums; only a digest or a signature detects such a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from iamsql.catalog import shortened_list
from iamsql.escaping import printable
from iamsql.model import Call, IamsqlError, Result
from iamsql.runs.catalog_check import differences
from iamsql.runs.checksums import SUMS_FILE, read_digests
from iamsql.runs.directory import PARTIAL_SUFFIX, list_runs, run_file
from iamsql.runs.run_names import resolve
from iamsql.runs.signatures import Signer, signature_fault
from iamsql.runs.status import FINISHED_STATUSES
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.open_errors import REQUIRED_COLUMNS, OpenError
from iamsql.runs.store.open_new import sha256_of
from iamsql.runs.store.reader import Reader, open_run
from iamsql.runs.store.run_schema import TABLES
from iamsql.sqltext import identifier
from iamsql.tables.compiler import compiler

# Qualified names select DuckDB's own functions; a macro of the file may have the same name.
STORED = (
    "select schema_name, table_name from system.main.duckdb_tables() where not internal and not temporary order by all"
)
READ_ALL = "select system.main.count(*), system.main.bit_xor(system.main.hash(t)) from"
MISSING = """
select distinct table_name from iamsql.table_calls where table_name not in (
    select table_name from system.main.duckdb_tables() where schema_name = 'main'
    union all select view_name from system.main.duckdb_views() where schema_name = 'main')
order by all
"""
ITEMS_READ = "select service, operation, system.main.sum(items) from iamsql.coverage where status = 'ok' group by all order by all"
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
UNKNOWN = f"{SUMS_FILE} does not list it: the file may have been copied from elsewhere"
MAX_LISTED = 3  # differences that a note lists


@dataclass(frozen=True)
class Verification:
    """The result for a file; `size` is in bytes.

    - `status`: intact, damaged, changed, unlisted, unsigned, missing, unfinished, or a status of RunStatus.
    - `digest`: matches, differs or not listed. The SHA-256 is compared with SHA256SUMS, or with the digest that the user gave.
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
        """Return the values in the order of COLUMNS."""
        run = printable(self.path.name.removesuffix(PARTIAL_SUFFIX).removesuffix(".duckdb"))
        values = (self.status, self.tables, self.rows, self.size, self.sha256, self.digest, self.note or None)
        return (run, *values)


def verify(
    folder: Path,
    names: Sequence[str] = (),
    sha256: str = "",
    signer: Signer | None = None,
    *,
    requires_digest: bool = False,
) -> tuple[Result, bool]:
    """Verify the named runs, or all runs of the folder. Return rows, and whether each run is intact and unchanged.

    `sha256` is a digest in lower case that replaces SHA256SUMS. If no run is named, a partial run, a run that is being written and
    a foreign file do not fail the verification. With `requires_digest`, a file whose digest is not listed fails, unless it is
    a partial run, which has none, and so does a folder without a file whose digest matches.
    """
    paths = [resolve(folder, name) for name in names] or [run.path for run in list_runs(folder)]
    required = {path: requires_digest and not path.name.endswith(PARTIAL_SUFFIX) for path in paths}
    results = [check(path, sha256, signer, requires_digest=required[path]) for path in required]
    results = [result for result in results if names or result.status != "gone"]
    results += [] if names else _missing_runs(folder)
    rows = Result(tuple(COLUMNS), [result.row() for result in results], tuple(COLUMNS.values()))
    accepted = ("intact",) if names else ("intact", "partial", "running", "foreign")
    is_verified = not requires_digest or any(result.digest == MATCHES for result in results)
    return rows, is_verified and all(result.status in accepted for result in results)


def check(path: Path, sha256: str = "", signer: Signer | None = None, *, requires_digest: bool = False) -> Verification:
    """Verify a file's digest and signature, then its content.

    A file is not opened if its digest differs, or if the digest is required and not listed: it may be crafted to attack DuckDB.
    """
    before = run_file(path)
    if before is None:
        return Verification(path, "gone", "it was deleted or renamed in the meantime")
    expected_digests = {sha256} if sha256 else read_digests(path.parent).get(path.name, set())
    try:
        actual = sha256_of(path)
    except FileNotFoundError:
        return Verification(path, "gone", "it was deleted or renamed in the meantime")
    except OSError as error:
        return Verification(path, "damaged", error.strerror or str(error))
    digest = NOT_LISTED if not expected_digests else MATCHES if expected_digests == {actual} else DIFFERS
    refused = Verification(path, "changed", size=before.size, sha256=actual, digest=digest)
    if digest == DIFFERS and sha256:
        return replace(refused, note="its SHA-256 is not the one given")
    if digest == DIFFERS:
        return replace(
            refused, note=f"changed since it was written: {SUMS_FILE} says {', '.join(sorted(expected_digests))}"
        )
    if digest == NOT_LISTED and requires_digest:
        return replace(refused, status="unlisted", note=UNKNOWN)
    if signer and (reason := signature_fault(path, signer)):
        return replace(refused, status="unsigned", note=reason)
    checked = replace(_read_all(path), size=before.size, sha256=actual, digest=digest)
    if checked.status in ("running", "gone"):
        return replace(checked, sha256=None, digest=None)
    after = run_file(path)
    if after is None or after.mark != before.mark:
        return replace(checked, status="changed", note="it was written during the verification")
    return _add_signature(checked, signer)


def _add_signature(checked: Verification, signer: Signer | None) -> Verification:
    """Add to the note that the digest is not listed, and the signer."""
    unknown = checked.digest == NOT_LISTED and checked.status == "intact"
    parts = (checked.note, UNKNOWN if unknown else "", f"signed by {printable(signer.identity)}" if signer else "")
    return replace(checked, note="; ".join(filter(None, parts)))


def _missing_runs(folder: Path) -> Iterator[Verification]:
    """Yield the runs that SHA256SUMS lists and that are not in the folder."""
    for name in read_digests(folder):
        path = folder / name
        if "/" not in name and run_file(path) is None:
            yield Verification(path, "missing", f"{SUMS_FILE} lists it; if you deleted it on purpose, delete that line")


def _read_all(path: Path) -> Verification:
    """Open a file and read all of it."""
    try:
        with open_run(path, limits=StatementLimits(seconds=0)) as reader:
            return Verification(path, *_read_status(path, reader))
    except OpenError as error:
        return Verification(path, {"corrupt": "damaged"}.get(error.run_status, error.run_status), error.reason)
    except IamsqlError as error:
        return Verification(path, "damaged", str(error).splitlines()[0])


def _read_status(path: Path, reader: Reader) -> tuple[str, str, int, int]:
    """Read every table of an open file, and compare them with the metadata of the run."""
    tables: dict[str, dict[str, int]] = {}
    for schema, table in reader.run(STORED).rows:
        select = f"{READ_ALL} {identifier(schema)}.{identifier(table)} as t"
        tables.setdefault(schema, {})[table] = reader.run(select).rows[0][0]
    counts = sum(map(len, tables.values())), sum(sum(rows.values()) for rows in tables.values())
    if not reader.metadata.run_id:
        return "foreign", "a DuckDB file that iamsql did not make", *counts
    if path.name.endswith(PARTIAL_SUFFIX):
        return "partial", "it was never finished: iamsql sync --resume", *counts
    if reader.metadata.status not in FINISHED_STATUSES:
        return "unfinished", "it was never finished, though its name says so", *counts
    inconsistencies = list(_find_inconsistencies(reader, tables))
    if inconsistencies:
        return "damaged", "; ".join(inconsistencies[:MAX_LISTED]), *counts
    changed = differences(reader)
    if changed:
        names = printable(shortened_list(changed, MAX_LISTED))
        return "changed", f"not as this version of iamsql declares it: {names}", *counts
    return "intact", "", *counts


def _find_inconsistencies(reader: Reader, tables: dict[str, dict[str, int]]) -> Iterator[str]:
    """Yield the differences between a run's content and its own metadata."""
    counts = tables.get("iamsql", {})
    expected_tables = (
        TABLES.keys() if reader.metadata.schema_fingerprint == compiler.fingerprint() else REQUIRED_COLUMNS.keys()
    )
    yield from (f"there is no table iamsql.{name}" for name in sorted(expected_tables - counts.keys()))
    if counts.get("run", 1) != 1:
        yield f"iamsql.run has {counts['run']} rows, not one"
    yield from (f"iamsql.{name} is empty" for name in ("accounts", "coverage") if counts.get(name) == 0)
    yield from (f"there is no table {name}" for (name,) in reader.run(MISSING).rows)
    for service, operation, items in reader.run(ITEMS_READ).rows:
        raw = Call(service, operation).raw
        # The lists of one response are in tables with a suffix.
        stored = [rows for name, rows in tables.get("raw", {}).items() if name == raw or name.startswith(f"{raw}_")]
        if stored and sum(stored) < items:
            yield f"{service}:{operation} returned {items} items, and {sum(stored)} are stored"
