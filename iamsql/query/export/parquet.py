"""Write rows to a Parquet file with their provenance in its key-value metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.render.cells import cell
from iamsql.render.json_rows import distinct_names
from iamsql.render.provenance import Provenance
from iamsql.runs.store import parquet


def write_parquet(result: Result, path: Path, provenance: Callable[[], Provenance]) -> list[str]:
    """Write rows to an existing file, and return an empty list of notes. `provenance` is called after the last row.

    The key-value metadata has the keys iamsql.title, iamsql.query, iamsql.parameters, iamsql.run, iamsql.started_at and
    iamsql.notes; keys without a value are left out.
    """
    with_distinct_names = replace(result, columns=tuple(distinct_names(result.columns)))
    parquet.write_parquet(with_distinct_names, path, cell, lambda: _metadata(provenance()))
    return []


def _metadata(provenance: Provenance) -> dict[str, str]:
    parameters = ", ".join(f"{name}={cell(value)}" for name, value in provenance.parameters.items())
    metadata = {
        "iamsql.title": provenance.title,
        "iamsql.query": provenance.query,
        "iamsql.parameters": parameters,
        "iamsql.run": provenance.run_id,
        "iamsql.started_at": cell(provenance.started_at),
        "iamsql.notes": "\n".join(map(printable, provenance.notes)),
    }
    return {key: text for key, text in metadata.items() if text}
