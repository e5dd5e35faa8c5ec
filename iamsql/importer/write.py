"""Files that are large: what is written of them at once, what of them is left out, and what DuckDB cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from iamsql.canonical_json import canonical_json
from iamsql.gunzip import format_size
from iamsql.importer.items import NODES
from iamsql.importer.read import Response
from iamsql.json_stream import DOCUMENT
from iamsql.model import IamsqlError
from iamsql.runfile.rows import CoverageRow
from iamsql.store.files import MEMORY

ACCOUNTS = 25_000  # accounts of a run: the largest organizations have some ten thousand
SLICE = 4_000_000  # characters of items that are written at once


def without_large(row: CoverageRow, found: Sequence[Response], lost: Mapping[Path, int]) -> CoverageRow:
    """Call a call partial when items of a file that answers it were left out for their size."""
    paths = {one.path for one in found if (one.service, one.operation) == (row.service, row.operation)} & lost.keys()
    if row.status not in ("ok", "partial") or not paths:
        return row
    words = "; ".join(f"{path}: {left_out_message(lost[path])}" for path in sorted(paths))
    return replace(row, status="partial", error_code="too_large", error_message=words)


def left_out_message(count: int) -> str:
    """Say how many items were left out, and which limits there are."""
    return f"{count} item{'s' if count > 1 else ''} left out, of more than {format_size(DOCUMENT)} or {NODES:,} values"


def slices(items: Sequence[Any]) -> Iterator[list[str]]:
    """Yield items as JSON texts, SLICE characters or more at a time, and at least one list."""
    texts, size = list[str](), 0
    for item in items:
        texts.append(canonical_json(item))
        size += len(texts[-1])
        if size >= SLICE:
            yield texts
            texts, size = [], 0
    if texts or not items:
        yield texts


def check_accounts(count: int) -> None:
    """Raise IamsqlError where the files name more accounts than a run has."""
    if count > ACCOUNTS:
        raise IamsqlError(
            f"The files name more than {ACCOUNTS:,} accounts.\nImport fewer files at once, each part as a run of its own."
        )


def largest_file(found: Sequence[Response]) -> str:
    """Name the dump with the most items, with a colon; nothing where there is none."""
    sizes = Counter[Path]()
    for one in found:
        sizes[one.path] += len(one.items)
    return f"{sizes.most_common(1)[0][0]}: " if sizes else ""


def out_of_memory(largest: str) -> IamsqlError:
    """Return the error of an import whose tables DuckDB cannot make; it starts with the name of the largest file."""
    return IamsqlError(
        f"{largest}the tables of what was imported need more than the {MEMORY} of memory that DuckDB has.\n"
        "Split it by list or by account, and import each part as a run of its own."
    )
