"""What each version of DuckDB reads of a run file, from the file that `make clients` writes, and the counts that iamsql ships."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from iamsql.runs.file.clients import Compatibility

FILE = Path(__file__).parent / "client_results.csv"
TABLES = ("table", "view")
MACROS = ("scalar macro", "table macro")
NAMED = ("named arguments",)
POLICIES = "The other macros evaluate policies: they stop with an error."


class Versions(NamedTuple):
    """A range of versions of DuckDB, the version that is tested for the range, and what a user must know about the range."""

    versions: str
    tested: str
    note: str | None = None


VERSIONS = (
    Versions("1.2", "1.2.2", f"{POLICIES} Pass arguments by name."),
    Versions("1.3", "1.3.2", f"{POLICIES} Pass arguments by name."),
    Versions("1.4.0 and 1.4.1", "1.4.1", "The other macros contain CTEs: they stop with an error. Update to 1.4.2."),
    Versions("1.4.2", "1.4.2"),
    Versions("1.4.3 to 1.4.5", "1.4.5"),
    Versions("1.5", "1.5.6"),
    Versions("2.0", "2.0.1"),
)


@dataclass(frozen=True)
class ClientResult:
    """The result of an object of a run file in a version of DuckDB.

    `kind` is table, view, scalar macro, table macro or named arguments: a table macro with a value for each parameter. `result` is
    ok, differs (the rows differ from the newest version), error, timeout (after 10 seconds of processor time) or killed.
    """

    version: str
    object: str
    kind: str
    result: str
    reason: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the version, the object and the kind, which identify a result."""
        return self.version, self.object, self.kind


def results_text(results: Sequence[ClientResult | Compatibility]) -> str:
    """Return the text of a file of results, or of the file of iamsql.compat."""
    text = StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(results[0])], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(result) for result in results)
    return text.getvalue()


@cache
def client_results() -> Sequence[ClientResult]:
    """Return the results of all versions."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(ClientResult(**row) for row in csv.DictReader(stream))


def summary(results: Sequence[ClientResult]) -> list[Compatibility]:
    """Return the row of iamsql.compat for each range of versions."""
    return [_summary(versions, results) for versions in VERSIONS]


def _summary(versions: Versions, results: Sequence[ClientResult]) -> Compatibility:
    counts = [count for kinds in (TABLES, MACROS, NAMED) for count in _count(versions.tested, kinds, results)]
    return Compatibility(versions.versions, versions.tested, *counts, note=versions.note)


def _count(version: str, kinds: Sequence[str], results: Sequence[ClientResult]) -> tuple[int, int]:
    """Return how many objects of the kinds a version reads, and how many were measured."""
    outcomes = [result.result == "ok" for result in results if result.version == version and result.kind in kinds]
    return sum(outcomes), len(outcomes)
