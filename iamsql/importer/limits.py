"""The limits of an import, and the errors of files beyond them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from iamsql.canonical_json import canonical_json
from iamsql.gunzip import format_size
from iamsql.importer.items import NODES
from iamsql.importer.read import Response
from iamsql.json_stream import DOCUMENT
from iamsql.model import IamsqlError
from iamsql.store.open_new import MEMORY

ACCOUNTS = 25_000  # accounts of a run: the largest organizations have about ten thousand
SLICE = 4_000_000  # characters of items that are written at once


def left_out_message(count: int) -> str:
    """Return the number of items that are too large, and the limits."""
    return f"{count} item{'s' if count > 1 else ''} left out, of more than {format_size(DOCUMENT)} or {NODES:,} values"


def slices(items: Sequence[Any]) -> Iterator[list[str]]:
    """Yield items as JSON texts in lists of at least SLICE characters; yield at least one list."""
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
    """Raise IamsqlError if the files have more than ACCOUNTS accounts."""
    if count > ACCOUNTS:
        raise IamsqlError(
            f"The files have more than {ACCOUNTS:,} accounts.\nImport fewer files at once, each part as a run of its own."
        )


def largest_file(responses: Sequence[Response]) -> str:
    """Return the file with the most items, followed by ': '; '' if there is none."""
    sizes = Counter[Path]()
    for response in responses:
        sizes[response.path] += len(response.items)
    return f"{sizes.most_common(1)[0][0]}: " if sizes else ""


def out_of_memory(largest: str) -> IamsqlError:
    """Return the error of an import whose tables exceed DuckDB's memory; it starts with the largest file."""
    return IamsqlError(
        f"{largest}The tables of the import need more than the {MEMORY} of memory that DuckDB has.\n"
        "Split it by list or by account, and import each part as a run of its own."
    )
