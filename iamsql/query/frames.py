"""Convert rows to pandas and polars DataFrames and Arrow tables, with column types that do not depend on the values.

None of these packages is a dependency of iamsql. Columns of types without an equivalent, such as STRUCT, are objects in pandas;
polars and Arrow infer their types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from iamsql.model import IamsqlError

_TIMESTAMP_WITH_TIME_ZONE = "TIMESTAMP WITH TIME ZONE"
# The names of the types in pandas, polars and Arrow; '' where the package has none, or where rows are objects.
_TYPE_NAMES = {
    "BOOLEAN": ("boolean", "Boolean", "bool_"),
    "TINYINT": ("Int8", "Int8", "int8"),
    "SMALLINT": ("Int16", "Int16", "int16"),
    "INTEGER": ("Int32", "Int32", "int32"),
    "BIGINT": ("Int64", "Int64", "int64"),
    "UTINYINT": ("UInt8", "UInt8", "uint8"),
    "USMALLINT": ("UInt16", "UInt16", "uint16"),
    "UINTEGER": ("UInt32", "UInt32", "uint32"),
    "UBIGINT": ("UInt64", "UInt64", "uint64"),
    "HUGEINT": ("", "Int128", ""),
    "FLOAT": ("float32", "Float32", "float32"),
    "DOUBLE": ("float64", "Float64", "float64"),
    "VARCHAR": ("", "String", "string"),
    "JSON": ("", "String", "string"),
    "BLOB": ("", "", "binary"),
    "DATE": ("", "Date", "date32"),
    "TIMESTAMP": ("datetime64[us]", "", ""),
    _TIMESTAMP_WITH_TIME_ZONE: ("datetime64[us, UTC]", "", ""),
    "INTERVAL": ("timedelta64[us]", "", ""),
}
_PANDAS_TYPES, _POLARS_TYPES, _ARROW_TYPES = (
    {name: names[package] for name, names in _TYPE_NAMES.items() if names[package]} for package in range(3)
)
_DECIMAL_PATTERN = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def to_pandas(
    columns: Sequence[str], types: Sequence[str], rows: Sequence[tuple[Any, ...]], caveats: Sequence[str]
) -> Any:
    """Return a pandas DataFrame. Texts, lists and decimals are objects; NULL is NA or NaT in typed columns, otherwise None."""
    pandas = _import_package("pandas")
    names, values = unique_names(columns), _transpose(columns, rows)
    frame = pandas.DataFrame(
        {
            name: pandas.Series(column, dtype=_PANDAS_TYPES.get(column_type, "object"))
            for name, column_type, column in zip(names, types, values, strict=True)
        },
        index=range(len(rows)),
    )
    frame.attrs["caveats"] = list(caveats)
    return frame


def to_polars(columns: Sequence[str], types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Any:
    """Return a polars DataFrame."""
    polars = _import_package("polars")
    times = {
        "TIMESTAMP": polars.Datetime("us"),
        _TIMESTAMP_WITH_TIME_ZONE: polars.Datetime("us", "UTC"),
        "INTERVAL": polars.Duration("us"),
    }

    scalars = {column_type: getattr(polars, name) for column_type, name in _POLARS_TYPES.items()} | times
    names, values = unique_names(columns), _transpose(columns, rows)
    series = [
        polars.Series(name, column, dtype=_package_type(column_type, scalars, polars.List, polars.Decimal))
        for name, column_type, column in zip(names, types, values, strict=True)
    ]
    return polars.DataFrame(series)


def to_arrow(
    columns: Sequence[str], types: Sequence[str], rows: Sequence[tuple[Any, ...]], caveats: Sequence[str]
) -> Any:
    """Return an Arrow table; its metadata has the caveats as a JSON array under `iamsql.caveats`."""
    arrow = _import_package("pyarrow")
    times = {
        "TIMESTAMP": arrow.timestamp("us"),
        _TIMESTAMP_WITH_TIME_ZONE: arrow.timestamp("us", "UTC"),
        "INTERVAL": arrow.duration("us"),
    }

    scalars = {column_type: getattr(arrow, name)() for column_type, name in _ARROW_TYPES.items()} | times
    scalars["HUGEINT"] = arrow.decimal128(38, 0)
    values = _transpose(columns, rows)
    arrays = [
        arrow.array(column, type=_package_type(column_type, scalars, arrow.list_, arrow.decimal128))
        for column_type, column in zip(types, values, strict=True)
    ]
    metadata = {"iamsql.caveats": json.dumps(list(caveats))}
    return arrow.Table.from_arrays(arrays, names=unique_names(columns)).replace_schema_metadata(metadata)


def _package_type(
    column_type: str, scalars: Mapping[str, Any], list_of: Callable[[Any], Any], decimal: Callable[[int, int], Any]
) -> Any:
    """Return the type of a package for a DuckDB type; None leaves the type to the inference of the package."""
    if column_type.endswith("[]"):
        element = _package_type(column_type.removesuffix("[]"), scalars, list_of, decimal)
        return list_of(element) if element else None
    if match := _DECIMAL_PATTERN.fullmatch(column_type):
        return decimal(int(match[1]), int(match[2]))
    return scalars.get(column_type)


def unique_names(columns: Sequence[str]) -> list[str]:
    """Return the names of columns with a number after a name that occurs again: a, a_1, a_2."""
    names: list[str] = []
    for name in columns:
        number, free_name = 0, name
        while free_name in names:
            number += 1
            free_name = f"{name}_{number}"
        names.append(free_name)
    return names


def _transpose(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in columns]


def _import_package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise IamsqlError(f"The package {name} is not installed.\nInstall it with: pip install {name}") from error
