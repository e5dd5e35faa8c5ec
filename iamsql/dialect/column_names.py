"""The names that PostgreSQL gives to columns without an alias: later parts of a query, and its readers, refer to them."""

from __future__ import annotations

from sqlglot import exp

NONE = "?column?"

_TYPES = {
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
_WORDS: dict[type[exp.Expr], str] = {
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


def name_of(node: exp.Expr) -> str:
    """Name the column that an expression makes."""
    return _figure(node)[0] or NONE


def _figure(node: exp.Expr | None) -> tuple[str, int]:
    """Give a name and how strongly it holds: a cast or CASE (1) gives way to the name of what it is over (2)."""
    if node is None:
        return "", 0
    if isinstance(node, exp.Alias):
        return node.alias, 2
    if isinstance(node, exp.Column):
        return str(node.meta.get("name", node.name)), 2
    if isinstance(node, exp.Dot):
        return node.expression.name, 2
    if isinstance(node, exp.Anonymous):
        return str(node.this), 2
    if word := node.meta.get("name", _WORDS.get(type(node))):
        return str(word), 1 if isinstance(node, exp.Boolean) else 2
    if isinstance(node, exp.Paren | exp.Bracket | exp.Collate | exp.Filter | exp.Window | exp.WithinGroup):
        return _figure(node.this)
    if isinstance(node, exp.Cast):
        inner = _figure(node.this)
        return inner if inner[1] > 1 else (type_name(node.args["to"]), 1)
    if isinstance(node, exp.Case):
        inner = _figure(node.args.get("default"))
        return inner if inner[1] > 1 else ("case", 1)
    if isinstance(node, exp.Subquery):
        return _of_query(node)
    return "", 0


def _of_query(node: exp.Expr) -> tuple[str, int]:
    while isinstance(node, exp.Subquery | exp.SetOperation):
        node = node.this
    first = node.expressions[0] if isinstance(node, exp.Select) and node.expressions else None
    return (name_of(first), 2) if first is not None else ("", 0)


def type_name(data_type: exp.Expr) -> str:
    """Give PostgreSQL's own name of a type: int4 for integer."""
    if not isinstance(data_type, exp.DataType):
        return data_type.name.lower()
    if data_type.this in (exp.DType.ARRAY, exp.DType.LIST) and data_type.expressions:
        return type_name(data_type.expressions[0])
    if data_type.this == exp.DType.USERDEFINED:
        return str(data_type.args.get("kind")).lower()
    return _TYPES.get(data_type.this, str(data_type.this.value).lower())
