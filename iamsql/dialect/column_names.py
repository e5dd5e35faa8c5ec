"""Names of result columns without an alias, as PostgreSQL derives them (FigureColname in its parser)."""

from __future__ import annotations

from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect.data_types import ARRAYS

UNNAMED = "?column?"
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
_KEYWORDS: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "current_timestamp",
    exp.CurrentTime: "current_time",
    exp.Localtimestamp: "localtimestamp",
    exp.Localtime: "localtime",
    exp.CurrentUser: "current_user",
    exp.SessionUser: "session_user",
    exp.CurrentRole: "current_role",
    exp.CurrentCatalog: "current_catalog",
    exp.CurrentSchema: "current_schema",
    exp.Exists: "exists",
    exp.Array: "array",
    exp.Tuple: "row",
    exp.AtTimeZone: "timezone",
    exp.Boolean: "bool",
    exp.Overlaps: "overlaps",
}


class Candidate(NamedTuple):
    """A name and its strength: the name of a cast or CASE (1) yields to the name of its operand (2)."""

    name: str
    strength: int


def column_name(node: exp.Expr) -> str:
    """Return the name of the result column of an expression."""
    return _candidate(node).name or UNNAMED


def _candidate(node: exp.Expr | None) -> Candidate:
    if node is None:
        return Candidate("", 0)
    if isinstance(node, exp.Alias):
        return Candidate(node.alias, 2)
    if isinstance(node, exp.Column):
        return Candidate(str(node.meta.get("name", node.name)), 2)
    if isinstance(node, exp.Dot):
        return Candidate(node.expression.name, 2)
    if isinstance(node, exp.Anonymous):
        return Candidate(str(node.this), 2)
    if word := node.meta.get("name", _KEYWORDS.get(type(node))):
        return Candidate(str(word), 1 if isinstance(node, exp.Boolean) else 2)
    if isinstance(node, exp.Paren | exp.Bracket | exp.Collate | exp.Filter | exp.Window | exp.WithinGroup):
        return _candidate(node.this)
    if isinstance(node, exp.Cast):
        inner = _candidate(node.this)
        return inner if inner.strength > 1 else Candidate(type_name(node.args["to"]), 1)
    if isinstance(node, exp.Case):
        inner = _candidate(node.args.get("default"))
        return inner if inner.strength > 1 else Candidate("case", 1)
    if isinstance(node, exp.Subquery):
        return _subquery_candidate(node)
    return Candidate("", 0)


def _subquery_candidate(node: exp.Expr) -> Candidate:
    while isinstance(node, exp.Subquery | exp.SetOperation):
        node = node.this
    first = node.expressions[0] if isinstance(node, exp.Select) and node.expressions else None
    return Candidate(column_name(first), 2) if first is not None else Candidate("", 0)


def type_name(data_type: exp.Expr) -> str:
    """Return PostgreSQL's internal name of a type, such as int4 for integer."""
    if not isinstance(data_type, exp.DataType):
        return data_type.name.lower()
    if data_type.this in ARRAYS and data_type.expressions:
        return type_name(data_type.expressions[0])
    if data_type.this == exp.DType.USERDEFINED:
        return str(data_type.args.get("kind")).lower()
    return _TYPE_NAMES.get(data_type.this, str(data_type.this.value).lower())
