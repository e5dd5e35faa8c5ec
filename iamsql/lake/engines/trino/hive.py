"""Types of the columns of Hive tables, which Athena's CREATE EXTERNAL TABLE names."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.trino.errors import TrinoError

_TYPES = {
    **dict.fromkeys((exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ), "timestamp"),
    **dict.fromkeys((exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.JSON), "string"),
    **{exp.DType.BIGINT: "bigint", exp.DType.INT: "int", exp.DType.DOUBLE: "double"},
    **{exp.DType.BOOLEAN: "boolean", exp.DType.DATE: "date"},
}


def hive_type(duckdb_type: str) -> str:
    """Return the Hive type of a column: JSON is a string, a time is a timestamp in UTC."""
    return _hive_type(exp.DataType.build(duckdb_type, dialect="duckdb"))


def _hive_type(data_type: exp.DataType) -> str:
    if data_type.this in (exp.DType.ARRAY, exp.DType.LIST):
        return f"array<{_hive_type(data_type.expressions[0])}>"
    if data_type.this == exp.DType.STRUCT:
        members = (f"{member.name}:{_hive_type(member.args['kind'])}" for member in data_type.expressions)
        return f"struct<{','.join(members)}>"
    if data_type.this not in _TYPES:
        raise TrinoError(f"a column of type {data_type.sql('duckdb')}")
    return _TYPES[data_type.this]
