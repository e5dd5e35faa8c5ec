"""DuckDB's types as far as the translation to Spark distinguishes them, and the Spark types that store their values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable

_SPARK = {
    "varchar": "string",
    "json": "string",
    "null": "string",
    "boolean": "boolean",
    "integer": "int",
    "bigint": "bigint",
    "hugeint": "decimal(38,0)",
    "double": "double",
    "date": "date",
    "timestamp": "timestamp_ntz",
    "timestamptz": "timestamp",
    "interval": "bigint",  # microseconds
}
_NAMES = {
    exp.DType.TEXT: "varchar",
    exp.DType.VARCHAR: "varchar",
    exp.DType.JSON: "json",
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
    exp.DType.FLOAT: "double",
    exp.DType.DOUBLE: "double",
    exp.DType.DATE: "date",
    exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPNTZ: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamptz",
    exp.DType.INTERVAL: "interval",
    exp.DType.NULL: "null",
}
_NUMBERS = ("integer", "bigint", "hugeint", "decimal", "double")  # an operation has the last type of its operands


@dataclass(frozen=True)
class Type:
    """A type: its name, the type of the elements of a list, and the members of a struct. `parameters` are those of a decimal."""

    name: str
    element: Type | None = None
    members: tuple[tuple[str, Type], ...] = ()
    parameters: str = ""

    @property
    def is_number(self) -> bool:
        """Return whether values are numbers."""
        return self.name in _NUMBERS

    @property
    def spark(self) -> str:
        """Return the Spark type that stores the values."""
        if self.name == "list":
            return f"array<{(self.element or NULL).spark}>"
        if self.name == "struct":
            members = ",".join(f"`{name.replace('`', '``')}`:{kind.spark}" for name, kind in self.members)
            return f"struct<{members}>"
        return f"decimal({self.parameters})" if self.name == "decimal" else _SPARK[self.name]

    def member(self, name: str) -> Type | None:
        """Return the type of a member of a struct, whose names are not case-sensitive."""
        return next((kind for member, kind in self.members if member.lower() == name.lower()), None)


NULL, VARCHAR, JSON, BOOLEAN = Type("null"), Type("varchar"), Type("json"), Type("boolean")
INTEGER, BIGINT, HUGEINT, DOUBLE = Type("integer"), Type("bigint"), Type("hugeint"), Type("double")
DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL = Type("date"), Type("timestamp"), Type("timestamptz"), Type("interval")


def list_of(element: Type) -> Type:
    """Return the type of a list."""
    return Type("list", element)


@cache
def type_of(text: str) -> Type:
    """Return the type with a name of DuckDB, such as STRUCT(a VARCHAR)[]."""
    return from_tree(exp.DataType.build(text, dialect="duckdb"))


def from_tree(kind: exp.DataType) -> Type:
    """Return the type of a parsed type name; raise Untranslatable for a type that Spark cannot store alike."""
    if kind.this in (exp.DType.ARRAY, exp.DType.LIST):
        return list_of(from_tree(kind.expressions[0]))
    if kind.this is exp.DType.STRUCT:
        return Type("struct", members=tuple((part.name, from_tree(part.args["kind"])) for part in kind.expressions))
    if kind.this is exp.DType.DECIMAL:
        return Type("decimal", parameters=",".join(part.name for part in kind.expressions) or "18,3")
    if kind.this not in _NAMES:
        raise Untranslatable(f"the type {kind.sql('duckdb')} has no equivalent in Spark")
    return Type(_NAMES[kind.this])


def common(kinds: list[Type]) -> Type:
    """Return the type to which DuckDB converts values of these types, as of the branches of CASE."""
    known = [kind for kind in dict.fromkeys(kinds) if kind.name != "null"]
    if not known:
        return NULL
    if all(kind.is_number for kind in known):
        return max(known, key=lambda kind: _NUMBERS.index(kind.name))
    if all(kind.name == "list" for kind in known):
        return list_of(common([kind.element or NULL for kind in known]))
    if all(kind.name == "struct" for kind in known) and len({len(kind.members) for kind in known}) == 1:
        members = zip(*(kind.members for kind in known), strict=True)
        return Type("struct", members=tuple((same[0][0], common([kind for _, kind in same])) for same in members))
    for name in ("timestamptz", "timestamp", "date", "json", "varchar"):
        if any(kind.name == name for kind in known):
            return Type(name)
    return known[0]
