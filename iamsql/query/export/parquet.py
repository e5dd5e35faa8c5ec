"""Write rows to a Parquet file with their provenance in its key-value metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.render.cells import cell
from iamsql.render.json_rows import distinct
from iamsql.render.provenance import Provenance
from iamsql.runs.store import parquet


def write_parquet(result: Result, path: Path, provenance: Callable[[], Provenance]) -> list[str]:
    """Write rows to an existing file. `provenance` is called after the last row. Return notes for the user: none.

    The key-value metadata has the keys iamsql.title, iamsql.query, iamsql.parameters, iamsql.run, iamsql.started_at and
    iamsql.notes, without those that have no value.
    """
    named = replace(result, columns=tuple(distinct(result.columns)))
    parquet.write_parquet(named, path, cell, lambda: _metadata(provenance()))
    return []


def _metadata(origin: Provenance) -> dict[str, str]:
    parameters = ", ".join(f"{name}={cell(value)}" for name, value in origin.parameters.items())
    found = {
        "iamsql.title": origin.title,
        "iamsql.query": origin.query,
        "iamsql.parameters": parameters,
        "iamsql.run": origin.run_id,
        "iamsql.started_at": cell(origin.started_at),
        "iamsql.notes": "\n".join(map(printable, origin.notes)),
    }
    return {key: text for key, text in found.items() if text}
