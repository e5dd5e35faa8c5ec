"""Convert the values of a Spark Connect server to the values that DuckDB returns for the same types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from iamsql.lake.engines.spark.types import element_type, kind, parse_type

UTC = ZoneInfo("UTC")  # as DuckDB returns it
Converter = Callable[[Any], Any]


def converters(types: Sequence[str]) -> list[Converter]:
    """Return a function for each DuckDB type, which converts a value of a column."""
    return [_find_converter(parse_type(duckdb_type)) for duckdb_type in types]


def _find_converter(column_type: exp.DataType) -> Converter:
    type_name = kind(column_type)
    if type_name == "list":
        item = _find_converter(element_type(column_type) or column_type)
        return _unless_null(lambda value: [item(part) for part in value])
    if type_name == "struct":
        fields = [(field.name, _find_converter(field.args["kind"])) for field in column_type.expressions]
        return _unless_null(
            lambda value: {name: convert(item) for (name, convert), item in zip(fields, value.values(), strict=True)}
        )
    if type_name == "decimal":
        return _unless_null(_decimal_converter(int(column_type.expressions[1].name) if column_type.expressions else 3))
    return _unless_null(_SCALAR_CONVERTERS.get(type_name, _identity))


def _unless_null(convert: Converter) -> Converter:
    return lambda value: None if value is None else convert(value)


def _identity(value: Any) -> Any:
    return value


def _decimal_converter(scale: int) -> Converter:
    return lambda value: Decimal(value).quantize(Decimal(1).scaleb(-scale))


_SCALAR_CONVERTERS: dict[str, Converter] = {
    "integer": int,
    "bigint": int,
    "hugeint": int,
    "double": float,
    "timestamp": lambda value: value.replace(tzinfo=None),
    "timestamptz": lambda value: value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC),
    "interval": lambda value: value if isinstance(value, timedelta) else timedelta(microseconds=int(value)),
}
