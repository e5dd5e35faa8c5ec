"""Types by their names in PostgreSQL and in DuckDB, as the kinds that the rewrites tell apart."""

from __future__ import annotations

from sqlglot import exp

LTREE = {("aws_organizations_organizational_unit", "path")}  # a type that DuckDB lacks; such columns hold its text

_TYPES = {
    exp.DType.JSON: "json",
    exp.DType.JSONB: "json",
    exp.DType.BOOLEAN: "boolean",
    exp.DType.DATE: "date",
    exp.DType.TIME: "time",
    exp.DType.TIMETZ: "time",
    exp.DType.INTERVAL: "interval",
    exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPNTZ: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamptz",
    exp.DType.TIMESTAMPLTZ: "timestamptz",
    exp.DType.VARBINARY: "bytea",
    exp.DType.BINARY: "bytea",
    exp.DType.INET: "inet",
    exp.DType.MONEY: "money",
    exp.DType.STRUCT: "row",
    exp.DType.UUID: "uuid",
    exp.DType.DECIMAL: "number",
    exp.DType.NAME: "text",
}
_USER_TYPES = {"cidr": "inet", "ltree": "ltree", "lquery": "text", "inet": "inet", "bytea": "bytea"}


def of_type(data_type: exp.Expr) -> str:
    """Give the kind of a type as sqlglot parsed it."""
    if not isinstance(data_type, exp.DataType):
        return "unknown"
    if data_type.this == exp.DType.ARRAY or data_type.this == exp.DType.LIST:
        inner = data_type.expressions[0] if data_type.expressions else None
        return (of_type(inner) if inner is not None else "unknown") + "[]"
    if data_type.this == exp.DType.USERDEFINED:
        return _USER_TYPES.get(str(data_type.args.get("kind")).lower(), "unknown")
    if data_type.this in exp.DataType.TEXT_TYPES:
        return "text"
    if data_type.this in exp.DataType.FLOAT_TYPES:
        return "float"
    if data_type.this in exp.DataType.INTEGER_TYPES:
        return "int"
    return _TYPES.get(data_type.this, "unknown")


def of_column(table: str, column: str, duck_type: str) -> str:
    """Give the kind of a stored column by DuckDB's name of its type."""
    if (table, column) in LTREE:
        return "ltree"
    if duck_type.endswith("[]"):
        return of_column("", "", duck_type[:-2]) + "[]"
    plain = duck_type.split("(")[0].strip().upper()
    return _DUCK.get(plain, "row" if plain in ("STRUCT", "MAP") else "unknown")


_DUCK = {
    "VARCHAR": "text",
    "JSON": "json",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "INTERVAL": "interval",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIMESTAMPTZ": "timestamptz",
    "TIMESTAMP": "timestamp",
    "DECIMAL": "number",
    "DOUBLE": "float",
    "FLOAT": "float",
    "BLOB": "bytea",
    "UUID": "uuid",
    **dict.fromkeys("TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT".split(), "int"),
}
