"""Convert the values of a Spark Connect server to the values that DuckDB returns for the same types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from iamsql.lake.engines.spark.types import Type, type_of

UTC = ZoneInfo("UTC")  # as DuckDB returns it
Convert = Callable[[Any], Any]


def converters(types: Sequence[str]) -> list[Convert]:
    """Return a function for each DuckDB type, which converts a value of a column."""
    return [_converter(type_of(duckdb_type), duckdb_type) for duckdb_type in types]


def _converter(column_type: Type, text: str = "") -> Convert:
    if column_type.name == "list":
        element = _converter(column_type.element or column_type)
        return _unless_null(lambda value: [element(item) for item in value])
    if column_type.name == "struct":
        members = [(name, _converter(part)) for name, part in column_type.members]
        return _unless_null(
            lambda value: {name: convert(item) for (name, convert), item in zip(members, value.values(), strict=True)}
        )
    if column_type.name == "decimal":
        return _unless_null(_decimal(int(column_type.parameters.partition(",")[2])))
    return _unless_null(_SCALARS.get(column_type.name, _same))


def _unless_null(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:
    return value


def _decimal(scale: int) -> Convert:
    return lambda value: Decimal(value).quantize(Decimal(1).scaleb(-scale))


_SCALARS: dict[str, Convert] = {
    "integer": int,
    "bigint": int,
    "hugeint": int,
    "double": float,
    "timestamp": lambda value: value.replace(tzinfo=None),
    "timestamptz": lambda value: value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC),
    "interval": lambda value: timedelta(microseconds=int(value)),
}
