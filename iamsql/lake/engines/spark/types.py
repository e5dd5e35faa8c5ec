"""DuckDB's types as far as the translation to Spark distinguishes them, and the Spark types that store their values."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlglot import exp

from iamsql.lake.engines.spark.errors import UntranslatableError

_SPARK_TYPES = {
    "text": "string",
    "json": "string",
    "element": "string",
    "null": "string",
    "boolean": "boolean",
    "integer": "int",
    "bigint": "bigint",
    "hugeint": "decimal(38,0)",
    "double": "double",
    "date": "date",
    "timestamp": "timestamp_ntz",
    "timestamptz": "timestamp",
    "interval": "interval day to second",
}
_KIND_BY_TYPE = {
    exp.DType.ARRAY: "list",
    exp.DType.LIST: "list",
    exp.DType.STRUCT: "struct",
    exp.DType.TEXT: "text",
    exp.DType.VARCHAR: "text",
    exp.DType.JSON: "json",
    exp.DType.VARIANT: "element",  # of a JSON array: Spark has removed the quotes of a string
    exp.DType.BOOLEAN: "boolean",
    exp.DType.TINYINT: "integer",
    exp.DType.SMALLINT: "integer",
    exp.DType.INT: "integer",
    exp.DType.UTINYINT: "integer",
    exp.DType.USMALLINT: "integer",
    exp.DType.UINT: "bigint",
    exp.DType.BIGINT: "bigint",
    exp.DType.UBIGINT: "hugeint",
    exp.DType.INT128: "hugeint",
    exp.DType.BIGDECIMAL: "hugeint",
    exp.DType.DECIMAL: "decimal",
    exp.DType.FLOAT: "double",
    exp.DType.DOUBLE: "double",
    exp.DType.DATE: "date",
    exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPNTZ: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamptz",
    exp.DType.INTERVAL: "interval",
    exp.DType.NULL: "null",
}
INTEGER_KINDS = ("integer", "bigint", "hugeint")
NUMBER_KINDS = (*INTEGER_KINDS, "decimal", "double")  # an operation has the last type of its operands
TIME_KINDS = ("date", "timestamp", "timestamptz")


def kind(node: exp.Expr | None) -> str:
    """Return the name of a type, or of the type of an expression: text, json, list, struct, integer; '' if it is not known."""
    data_type = node if isinstance(node, exp.DataType) or node is None else node.type
    return _KIND_BY_TYPE.get(data_type.this, "") if data_type is not None else ""


def element_type(node: exp.Expr | None) -> exp.DataType | None:
    """Return the type of the elements of a list, or of a type of lists; None if it is not known."""
    data_type = node if isinstance(node, exp.DataType) or node is None else node.type
    inner = data_type.expressions if data_type is not None and kind(data_type) == "list" else []
    return inner[0] if inner and isinstance(inner[0], exp.DataType) else None


def member_types(node: exp.Expr | None) -> dict[str, exp.DataType]:
    """Return the types of the members of a struct, or of a type of structs, by the name in lower case."""
    data_type = node if isinstance(node, exp.DataType) or node is None else node.type
    fields = data_type.expressions if data_type is not None and kind(data_type) == "struct" else []
    return {field.name.lower(): field.args["kind"] for field in fields}


def spark_type(data_type: exp.DataType | None) -> str:
    """Return the Spark type that stores the values of a DuckDB type; raise UntranslatableError if none stores them alike."""
    type_name = kind(data_type)
    if data_type is None or not type_name:
        raise UntranslatableError(
            f"the type {data_type.sql('duckdb') if data_type else 'unknown'} has no equivalent in Spark"
        )
    if type_name == "list":
        return f"array<{spark_type(element_type(data_type) or simple_type(exp.DType.NULL))}>"
    if type_name == "struct":
        fields = ((field.name.replace("`", "``"), spark_type(field.args["kind"])) for field in data_type.expressions)
        return f"struct<{','.join(f'`{name}`:{field}' for name, field in fields)}>"
    if type_name == "decimal":
        return f"decimal({','.join(part.name for part in data_type.expressions) or '18,3'})"
    return _SPARK_TYPES[type_name]


@cache
def parse_type(text: str) -> exp.DataType:
    """Return the type with a name of DuckDB, such as STRUCT(a VARCHAR)[]."""
    return exp.DataType.build(text, dialect="duckdb")


@cache
def simple_type(name: exp.DType) -> exp.DataType:
    """Return a type without elements, members and parameters."""
    return exp.DataType(this=name)


def build_list_type(item: exp.DataType) -> exp.DataType:
    """Return the type of lists of a type."""
    return exp.DataType(this=exp.DType.ARRAY, expressions=[item], nested=True)


def build_struct_type(fields: Iterable[tuple[str, exp.DataType]]) -> exp.DataType:
    """Return the type of structs with these members."""
    parts = [exp.ColumnDef(this=exp.to_identifier(name), kind=field) for name, field in fields]
    return exp.DataType(this=exp.DType.STRUCT, expressions=parts, nested=True)


def common_type(types: Iterable[exp.DataType | None]) -> exp.DataType:
    """Return the type to which DuckDB converts values of these types, as of the branches of CASE; unknown types do not count."""
    known_types = [data_type for data_type in types if data_type is not None and kind(data_type) not in ("", "null")]
    kinds = list(dict.fromkeys(map(kind, known_types)))
    if not known_types:
        return simple_type(exp.DType.NULL)
    if kinds == ["list"]:
        return build_list_type(common_type(map(element_type, known_types)))
    if kinds == ["struct"] and len({len(data_type.expressions) for data_type in known_types}) == 1:
        columns = zip(*(data_type.expressions for data_type in known_types), strict=True)
        return build_struct_type(
            (fields_at_position[0].name, common_type(field.args["kind"] for field in fields_at_position))
            for fields_at_position in columns
        )
    order = (
        NUMBER_KINDS
        if all(name in NUMBER_KINDS for name in kinds)
        else ("text", "json", "date", "timestamp", "timestamptz")
    )
    return max(known_types, key=lambda data_type: order.index(kind(data_type)) if kind(data_type) in order else -1)
