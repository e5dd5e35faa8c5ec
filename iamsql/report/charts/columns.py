"""Choose the kind of a chart, and the columns that it shows, by the types of the columns of a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from iamsql.model import IamsqlError, Result
from iamsql.render.text_table import numeric

MOST_SERIES = 6
_TIME, _TEXT = re.compile(r"TIMESTAMP.*|DATE"), re.compile(r"VARCHAR.*|ENUM.*|UUID|BOOLEAN|CHAR.*|TEXT")


@dataclass(frozen=True)
class Columns:
    """The kind of a chart, and the indexes of its columns.

    `x` has two columns for the name and ID of an account, and none for a histogram. Without `y`, the rows are counted.
    """

    kind: str
    x: tuple[int, ...]
    y: tuple[int, ...]


def choose(result: Result, kind: str = "", x: str = "", y: Sequence[str] = ()) -> Columns:
    """Return the columns of a chart. `kind` is bar, line or hist, or '' for the kind that fits the types.

    Raise IamsqlError for a column that does not exist or has another type, and for a result that the kind cannot show.
    """
    across = _index(result, x, "X") if x else None
    up = tuple(_number(result, name) for name in y)
    return {"bar": _bar, "line": _line, "hist": _hist}[kind or _kind(result, across)](result, across, up)


def _kind(result: Result, x: int | None) -> str:
    """Return line for a time in x, or before every text; bar for a text; otherwise hist."""
    times, texts = _of_type(result, _TIME), _of_type(result, _TEXT)
    if x is not None:
        return "line" if x in times else "bar"
    if times and min(times) < min(texts, default=len(result.columns)):
        return "line"
    return "bar" if texts or not _numbers(result) else "hist"


def _bar(result: Result, x: int | None, y: tuple[int, ...]) -> Columns:
    if len(y) > 1:
        raise IamsqlError("--chart bar takes one column Y; use --chart line for several")
    across = (x,) if x is not None else _labels(result)
    numbers = [index for index in _numbers(result) if index not in across]
    return Columns("bar", across, y or _unless_repeated(result, across, numbers[:1]))


def _labels(result: Result) -> tuple[int, ...]:
    """Return the first column of texts, else of times; for an account ID also the column of the account's name."""
    first = _first([*_of_type(result, _TEXT), *_of_type(result, _TIME)], "bar", "text", result, "X")
    names = [index for index, name in enumerate(result.columns) if name == "account_name"]
    return (*names[:1], first) if result.columns[first] == "account_id" else (first,)


def _unless_repeated(result: Result, x: tuple[int, ...], y: Sequence[int]) -> tuple[int, ...]:
    """Return the columns of y; none if a value of x occurs in several rows, whose sum can be meaningless."""
    labels = {tuple(str(row[index]) for index in x) for row in result.rows}
    return tuple(y) if len(labels) == len(result.rows) else ()


def _line(result: Result, x: int | None, y: tuple[int, ...]) -> Columns:
    if x is None:
        x = _first(_of_type(result, _TIME), "line", "time", result, "X")
    elif x not in _of_type(result, _TIME):
        raise IamsqlError(
            f"X {result.columns[x]}: --chart line needs a column of times, not {_type(result, x)}; use --chart bar"
        )
    if len(y) > MOST_SERIES:
        raise IamsqlError(f"--chart line draws at most {MOST_SERIES} columns Y")
    return Columns("line", (x,), y or _unless_repeated(result, (x,), _numbers(result)[:MOST_SERIES]))


def _hist(result: Result, x: int | None, y: tuple[int, ...]) -> Columns:
    if len(y) + (x is not None) > 1:
        raise IamsqlError("--chart hist shows one column: name X only")
    if x is not None:
        y = (_number(result, result.columns[x], "X"),)
    return Columns("hist", (), y or (_first(_numbers(result), "hist", "numbers", result, "X"),))


def _first(found: Sequence[int], kind: str, what: str, result: Result, axis: str) -> int:
    if not found:
        raise IamsqlError(
            f"--chart {kind} needs a column of {what}: select such a column, or name another as {axis} "
            f"(columns are {_listed(result)})"
        )
    return found[0]


def _index(result: Result, name: str, axis: str) -> int:
    """Return the index of a column. Upper and lower case are the same, as in SQL, unless the exact name exists."""
    names = list(result.columns)
    if name in names:
        return names.index(name)
    lower = [column.lower() for column in names]
    if name.lower() in lower:
        return lower.index(name.lower())
    near = get_close_matches(name.lower(), lower, n=1)
    hint = f"; did you mean {names[lower.index(near[0])]}?" if near else ""
    raise IamsqlError(f"{axis}: no column {name!r} in the result{hint} (columns are {_listed(result)})")


def _number(result: Result, name: str, axis: str = "Y") -> int:
    index = _index(result, name, axis)
    if index not in _numbers(result):
        raise IamsqlError(
            f"{axis} {result.columns[index]}: a chart needs a column of numbers, not {_type(result, index)}"
        )
    return index


def _numbers(result: Result) -> list[int]:
    return [index for index, is_number in enumerate(numeric(result)) if is_number]


def _of_type(result: Result, pattern: re.Pattern[str]) -> list[int]:
    return [index for index, kind in enumerate(result.types) if pattern.fullmatch(kind)]


def _type(result: Result, index: int) -> str:
    return result.types[index] if index < len(result.types) else "text"


def _listed(result: Result) -> str:
    return ", ".join(result.columns)
