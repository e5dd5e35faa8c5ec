"""Names of types in PostgreSQL and in DuckDB, as the types that the rewrites distinguish (see typing.py)."""

from __future__ import annotations

from functools import cache

from sqlglot import exp

# DuckDB has no type ltree: these columns are text, with the operators of ltree.
LTREE_COLUMNS = {("aws_organizations_organizational_unit", "path")}
ARRAY_TYPES = (exp.DType.ARRAY, exp.DType.LIST)
_PG_TYPES = {
    **dict.fromkeys((exp.DType.JSON, exp.DType.JSONB), "json"),
    **dict.fromkeys((exp.DType.TIME, exp.DType.TIMETZ), "time"),
    **dict.fromkeys((exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ), "timestamp"),
    **dict.fromkeys((exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ), "timestamptz"),
    exp.DType.BOOLEAN: "boolean",
    exp.DType.DATE: "date",
    exp.DType.DECIMAL: "number",
    exp.DType.INTERVAL: "interval",
    exp.DType.MAP: "row",
    exp.DType.NAME: "text",
    exp.DType.STRUCT: "row",
    exp.DType.UUID: "uuid",
}
# The internal names of types that sqlglot names differently. They are the names of result columns, as in '1'::int.
_TYPE_NAMES = {
    exp.DType.INT: "int4",
    exp.DType.BIGINT: "int8",
    exp.DType.SMALLINT: "int2",
    exp.DType.DOUBLE: "float8",
    exp.DType.FLOAT: "float4",
    exp.DType.DECIMAL: "numeric",
    exp.DType.BOOLEAN: "bool",
    exp.DType.CHAR: "bpchar",
    exp.DType.NCHAR: "bpchar",
    exp.DType.NVARCHAR: "varchar",
    exp.DType.TIMESTAMPNTZ: "timestamp",
    exp.DType.TIMESTAMPLTZ: "timestamptz",
    exp.DType.VARBINARY: "bytea",
}
# sqlglot parses an unknown type as user-defined.
_USER_TYPES = {"ltree": "ltree", "lquery": "text"}


def type_category(data_type: exp.Expr) -> str:
    """Return the type of a parsed type name."""
    if not isinstance(data_type, exp.DataType):
        return "unknown"
    if data_type.this in ARRAY_TYPES:
        return (type_category(data_type.expressions[0]) if data_type.expressions else "unknown") + "[]"
    if data_type.this == exp.DType.USERDEFINED:
        return _USER_TYPES.get(str(data_type.args.get("kind")).lower(), "unknown")
    if data_type.this in exp.DataType.TEXT_TYPES:
        return "text"
    if data_type.this in exp.DataType.FLOAT_TYPES:
        return "float"
    if data_type.this in exp.DataType.INTEGER_TYPES:
        return "int"
    return _PG_TYPES.get(data_type.this, "unknown")


@cache
def postgres_type_of_column(table: str, column: str, duckdb_type: str) -> str:
    """Return the type of a stored column."""
    if (table, column) in LTREE_COLUMNS:
        return "ltree"
    return type_category(exp.DataType.build(duckdb_type, dialect="duckdb", udt=True))


def type_name(data_type: exp.Expr) -> str:
    """Return PostgreSQL's internal name of a type, such as int4 for integer."""
    if not isinstance(data_type, exp.DataType):
        return data_type.name.lower()
    if data_type.this in ARRAY_TYPES and data_type.expressions:
        return type_name(data_type.expressions[0])
    if data_type.this == exp.DType.USERDEFINED:
        return str(data_type.args.get("kind")).lower()
    return _TYPE_NAMES.get(data_type.this, str(data_type.this.value).lower())
