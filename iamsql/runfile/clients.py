"""What each version of DuckDB reads of a run file, from the file that `make clients` writes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parent / "client_results.csv"
TABLES = ("table", "view")
MACROS = ("scalar macro", "table macro")
NAMED = ("named arguments",)
POLICIES = "The other macros evaluate policies: they stop with an error."


class Client(NamedTuple):
    """A range of versions of DuckDB, the version that was tested for the range, and what a user must know about the range."""

    versions: str
    tested: str
    note: str | None = None


CLIENTS = (
    Client("1.2", "1.2.2", f"{POLICIES} Pass arguments by name."),
    Client("1.3", "1.3.2", f"{POLICIES} Pass arguments by name."),
    Client("1.4.0 and 1.4.1", "1.4.1", "The other macros contain CTEs: they stop with an error. Update to 1.4.2."),
    Client("1.4.2", "1.4.2"),
    Client("1.4.3 to 1.4.5", "1.4.5"),
    Client("1.5", "1.5.6"),
    Client("2.0", "2.0.1"),
)


@dataclass(frozen=True)
class ClientResult:
    """The result of an object of a run file in a version of DuckDB.

    `kind` is table, view, scalar macro, table macro or named arguments: a table macro with a value for each parameter. `result` is
    ok, differs (the rows are not those of the newest version), error, timeout (after 10 seconds of processor time) or killed.
    """

    version: str
    object: str
    kind: str
    result: str
    reason: str = ""


@dataclass(frozen=True)
class Compatibility:
    """A row of iamsql.compat: how many of the objects a range of versions reads as the newest version does."""

    duckdb: str
    tested: str
    tables: int
    of_tables: int
    macros: int
    of_macros: int
    named_arguments: int
    of_named_arguments: int
    note: str | None

    def values(self) -> list[Any]:
        """Return the values in the order of the columns."""
        return list(astuple(self))


def results_text(results: Iterable[ClientResult]) -> str:
    """Return the text of the file."""
    text = StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(ClientResult)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(result) for result in results)
    return text.getvalue()


@cache
def client_results() -> Sequence[ClientResult]:
    """Return the results of all versions."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(ClientResult(**row) for row in csv.DictReader(stream))


@cache
def compatibility() -> Sequence[Compatibility]:
    """Return the rows of iamsql.compat, from the oldest version to the newest."""
    return tuple(_compatibility(client) for client in CLIENTS)


def _compatibility(client: Client) -> Compatibility:
    tables, of_tables = _count(client, TABLES)
    macros, of_macros = _count(client, MACROS)
    named, of_named = _count(client, NAMED)
    return Compatibility(
        client.versions, client.tested, tables, of_tables, macros, of_macros, named, of_named, client.note
    )


def _count(client: Client, kinds: Sequence[str]) -> tuple[int, int]:
    """Return how many objects of the kinds the tested version reads, and how many there are."""
    found = [
        result.result == "ok" for result in client_results() if result.version == client.tested and result.kind in kinds
    ]
    return sum(found), len(found)
