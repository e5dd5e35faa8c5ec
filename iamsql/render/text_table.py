"""Write a table of text with every column and every character, for files and pipes."""

from __future__ import annotations

import re
from typing import TextIO

import tabulate

from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.render.cells import display

_NUMBER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT|REAL")


def write_table(result: Result, stream: TextIO) -> None:
    """Write a table with right-aligned numbers and without control characters."""
    rows = list(result.rows)
    # tabulate would otherwise parse texts such as 1e5 as numbers, and strip the spaces of names.
    shown = [[printable(display(value)) for value in row] for row in rows]
    sides = tuple("right" if number else "left" for number in numeric(result))
    headers = [printable(name) for name in result.columns]
    text = tabulate.tabulate(
        shown, headers, "simple", disable_numparse=True, colalign=sides if rows else None, preserve_whitespace=True
    )
    stream.write(text + "\n")


def numeric(result: Result) -> list[bool]:
    """Return for each column whether it has numbers, by its type. Columns without types have none."""
    kinds = result.types or [""] * len(result.columns)
    return [_NUMBER.fullmatch(kind) is not None for kind in kinds]
