"""Compare the rows of a query with the rows of a CSV file, and describe what was added, removed and changed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_LINES = 20  # lines of a difference
MAX_CANDIDATES = 500  # removed and added rows that are compared with each other
MIN_EQUAL_SHARE = 0.5  # the share of equal cells from which a removed and an added row are one changed row
MAX_CONTEXT_CELLS = 3  # unchanged cells that a line about a changed row shows

Row = tuple[str, ...]


class Difference(NamedTuple):
    """A difference in one sentence, and up to MAX_LINES lines with the rows."""

    summary: str
    lines: tuple[str, ...] = ()


def find_difference(expected: str, actual: str) -> Difference | None:
    """Return how two CSV texts with \\n as line separator differ; None if they are equal."""
    if expected == actual:
        return None
    (names, *before), (now, *after) = _parse(expected), _parse(actual)
    if names != now:
        return _column_difference(names, now, len(before), len(after))
    removed, added = _rows_only_in(before, after), _rows_only_in(after, before)
    if not removed and not added:
        if before != after:
            return Difference("the same rows in another order: ORDER BY must name columns that identify a row")
        return Difference("empty cells or quotes differ: NULL is an empty cell, and the empty text is two quotes")
    changed = list(_similar_pairs(removed, added))
    for old, new in changed:
        removed.remove(old)
        added.remove(new)
    lines = [
        *(f"changed: {_describe_changes(names, old, new)}" for old, new in changed),
        *(f"removed: {_csv_line(row)}" for row in removed),
        *(f"added: {_csv_line(row)}" for row in added),
    ]
    counts = (("changed", changed), ("removed", removed), ("added", added))
    summary = [f"{len(rows)} {word}" for word, rows in counts if rows]
    return Difference(f"rows differ: {', '.join(summary)}", _limit_lines(lines))


def _parse(text: str) -> list[Row]:
    return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))] or [()]


def _column_difference(names: Row, now: Row, before: int, after: int) -> Difference:
    """Return the difference of two headings; the rows cannot be compared."""
    lines = [
        *(f"removed column: {name}" for name in names if name not in now),
        *(f"added column: {name}" for name in now if name not in names),
    ]
    if not lines:
        lines = [f"expected order: {', '.join(names)}", f"order: {', '.join(now)}"]
    return Difference(f"columns differ; {before} rows expected, {after} returned", _limit_lines(lines))


def _rows_only_in(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return the rows that occur less often in `others`, or not at all, in their order."""
    counts = Counter(others)
    only_in_rows = []
    for row in rows:
        counts[row] -= 1
        if counts[row] < 0:
            only_in_rows.append(row)
    return only_in_rows


def _similar_pairs(removed: Sequence[Row], added: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Yield pairs of a removed and an added row that are alike, among the first MAX_CANDIDATES rows."""
    available_rows = list(added)
    for old in removed[:MAX_CANDIDATES]:
        candidates = available_rows[:MAX_CANDIDATES]
        best = max(candidates, key=lambda new: _count_equal_cells(old, new), default=None)
        if best is not None and _count_equal_cells(old, best) >= MIN_EQUAL_SHARE * len(old):
            available_rows.remove(best)
            yield old, best


def _count_equal_cells(old: Row, new: Row) -> int:
    return sum(a == b for a, b in zip(old, new, strict=False))


def _describe_changes(names: Row, old: Row, new: Row) -> str:
    """Return the first unchanged cells of a row, and each changed cell with both values."""
    cells = list(zip(names, old, new, strict=False))
    unchanged_cells = [f"{name} {a}" for name, a, b in cells if a == b and a][:MAX_CONTEXT_CELLS]
    changes = [f"{name} {_cell_text(a)} → {_cell_text(b)}" for name, a, b in cells if a != b]
    return f"{', '.join(unchanged_cells)}: {', '.join(changes)}"


def _cell_text(cell: str) -> str:
    return cell or "(empty)"


def _csv_line(row: Row) -> str:
    """Return a row as a line of CSV."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="").writerow(row)
    return stream.getvalue()


def _limit_lines(lines: Sequence[str]) -> tuple[str, ...]:
    omitted = len(lines) - MAX_LINES
    return (*lines[:MAX_LINES], f"… and {omitted} more") if omitted > 0 else tuple(lines)
