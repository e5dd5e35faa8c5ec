"""Write the tables of the page as JSON: columns with kinds and labels, and their values by column.

A column with repeated values has each distinct value once, and a position for each row. The page then needs less memory than with
text for each cell, and it searches each distinct value once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from iamsql.check.controls import STATUSES
from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.report.html.phrases import Phrases

SEVERITIES = ("critical", "high", "medium", "low", "info", "none")
SCALE_BY_COLUMN = {"severity": SEVERITIES, "status": STATUSES}
TERM_COLUMNS = ("kind",)  # columns whose values have a word, without a color
WORD_COLUMNS = ("severity", "status", "outcome", "verdict", "certainty", "change", "state")
_NUMBER_TYPES = (
    "BIGINT",
    "INTEGER",
    "DOUBLE",
    "HUGEINT",
    "DECIMAL",
    "FLOAT",
    "SMALLINT",
    "TINYINT",
    "UBIGINT",
    "UINTEGER",
)
WIDTH_BY_KIND = {
    "number": "6rem",
    "time": "9.5rem",
    "word": "8rem",
    "boolean": "6.5rem",
    "account": "minmax(10rem, 16rem)",
    "family": "6rem",
    "control": "22rem",
}


@dataclass(frozen=True)
class TableSpec:
    """A table of the page: the columns that its rows show in their order, its filters, and the column that sorts it at first.

    The other columns of its rows appear in the details of a row and in the CSV file. `internal` columns are data for scripts.
    `widths` replace the default widths of columns.
    """

    id: str
    visible: tuple[str, ...]
    filters: tuple[str, ...] = ()
    sort: str = ""
    internal: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()  # columns where NULL means "not read"
    widths: tuple[tuple[str, str], ...] = ()
    gap: float = 0.75  # between columns, in rem


@cache
def account_label(account_id: str | None, name: str | None) -> str | None:
    """Return the name and the ID of an account in one string."""
    return " ".join(filter(None, (printable(name or ""), account_id))) or None


def table_json(spec: TableSpec, result: Result, say: Phrases, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a table as JSON. `account_id` and `account_name` become one column, `account`."""
    names, column_types, values = _split_columns(result)
    ordered_names = [
        *(name for name in spec.visible if name in names),
        *(name for name in names if name not in spec.visible),
    ]
    widths = dict(spec.widths)
    columns, data = [], []
    for name in ordered_names:
        index = names.index(name)
        column: dict[str, Any] = {
            "key": name,
            "label": (labels or {}).get(name) or say.label(name),
            "kind": column_types[index],
        }
        column["width"] = widths.get(name) or WIDTH_BY_KIND.get(column_types[index]) or "minmax(9rem, 1fr)"
        column |= {"hidden": True} if name not in spec.visible else {}
        column |= {"internal": True} if name in spec.internal else {}
        column |= {"unknown": True} if name in spec.unknown else {}
        column |= {"scale": list(SCALE_BY_COLUMN[name])} if name in SCALE_BY_COLUMN else {}
        columns.append(column)
        data.append(encode_column(values[index]))
    minimum = sum(_least_width(column["width"]) for column in columns if not column.get("hidden"))
    filterable = {*names, *(("ou",) if "account" in names else ()), *(("family",) if "control" in names else ())}
    filters = [name for name in spec.filters if name in filterable]
    sort = spec.sort if spec.sort.removeprefix("-") in names else ""
    properties = {"id": spec.id, "title": say.phrase(f"{spec.id}.title"), "rows": len(result.rows), "sort": sort}
    # With the space between the columns and at both ends.
    properties["minimum"] = f"{minimum + spec.gap * len(spec.visible) + 1:g}rem"
    return {**properties, "filters": filters, "columns": columns, "data": data}


def _least_width(width: str) -> float:
    """Return the least width of a column in rem: "6rem" or "minmax(6rem, 1fr)"."""
    return float(width.removeprefix("minmax(").partition("rem")[0])


def _split_columns(result: Result) -> tuple[list[str], list[str], list[list[Any]]]:
    """Return the names, kinds and values of the columns."""
    types = result.types or ("VARCHAR",) * len(result.columns)
    values = [list(column) for column in zip(*result.rows, strict=True)] or [[] for _ in result.columns]
    names = list(result.columns)
    column_types = [_column_type(name, column_type) for name, column_type in zip(names, types, strict=True)]
    cells = [_json_cells(cell_type, column) for cell_type, column in zip(column_types, values, strict=True)]
    if {"account_id", "account_name"} <= set(names):
        ids, owners = (values[names.index(name)] for name in ("account_id", "account_name"))
        index = names.index("account_name")
        names[index], column_types[index] = "account", "account"
        cells[index] = [account_label(account_id, owner) for account_id, owner in zip(ids, owners, strict=True)]
        index = names.index("account_id")
        for items in (names, column_types, cells):
            del items[index]
    return names, column_types, cells


def _column_type(name: str, column_type: str) -> str:
    if name in WORD_COLUMNS:
        return "word"
    if name in TERM_COLUMNS:
        return "term"
    if name == "control":
        return "control"
    if column_type.partition("(")[0] in _NUMBER_TYPES:
        return "number"
    if column_type.startswith("TIMESTAMP"):
        return "time"
    return "boolean" if column_type == "BOOLEAN" else "text"


def _json_cells(column_type: str, values: Sequence[Any]) -> list[Any]:
    """Return values as JSON has them: times to the minute, lists as text."""
    if column_type == "time":
        return [None if value is None else f"{value:%Y-%m-%d %H:%M}" for value in values]
    if column_type == "number":
        return [value if value is None or isinstance(value, int) else float(value) for value in values]
    if column_type == "boolean":
        return list(values)
    return [value if value is None or isinstance(value, str) else _format_value(value) for value in values]


def _format_value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def encode_column(values: Sequence[Any]) -> dict[str, list[Any]]:
    """Return values as `v`, or distinct values as `v` and their positions as `c` if at least half of the values repeat."""
    distinct_values = list(dict.fromkeys(values))
    if len(distinct_values) * 2 > len(values):
        return {"v": list(values)}
    positions = {value: position for position, value in enumerate(distinct_values)}
    return {"v": distinct_values, "c": list(map(positions.__getitem__, values))}
