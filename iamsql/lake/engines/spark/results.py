"""The functions and operators that the translation supports, with the types of their results in DuckDB. All others are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from iamsql.lake.engines.spark.types import (
    INTEGER_KINDS,
    TIME_KINDS,
    build_list_type,
    build_struct_type,
    common_type,
    element_type,
    kind,
    member_types,
    parse_type,
    simple_type,
)

TypeRule = Callable[[exp.Expr], exp.DataType | None]
TEXT, JSON, ELEMENT, BOOLEAN = (
    simple_type(name) for name in (exp.DType.VARCHAR, exp.DType.JSON, exp.DType.VARIANT, exp.DType.BOOLEAN)
)
INTEGER, BIGINT, HUGEINT, DOUBLE = (
    simple_type(name) for name in (exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128, exp.DType.DOUBLE)
)
TIMESTAMP, TIMESTAMPTZ, INTERVAL = (
    simple_type(name) for name in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.INTERVAL)
)


def _annotated_type(node: exp.Expr) -> exp.DataType | None:
    return node.type


def _type_of_argument(key: str) -> TypeRule:
    """Return the type of an argument."""
    return lambda node: node.args[key].type if node.args.get(key) is not None else None


def _build_common_type_rule(*keys: str) -> TypeRule:
    """Return the common type of arguments."""

    def result(node: exp.Expr) -> exp.DataType | None:
        arguments = (node.args.get(key) for key in keys)
        return common_type(
            part.type
            for argument in arguments
            for part in (argument if isinstance(argument, list) else [argument])
            if part is not None
        )

    return result


def _type_of_case(node: exp.Expr) -> exp.DataType:
    default = node.args.get("default")
    return common_type(
        [*(branch.args["true"].type for branch in node.args["ifs"]), default.type if default is not None else None]
    )


def _type_of_array(node: exp.Expr) -> exp.DataType | None:
    items = node.expressions
    is_comprehension = len(items) == 1 and isinstance(items[0], exp.Comprehension)
    return items[0].type if is_comprehension else build_list_type(common_type(item.type for item in items))


def _type_of_bracket(node: exp.Expr) -> exp.DataType | None:
    (position,) = node.expressions
    if isinstance(position, exp.Slice):
        return _annotated_type(node.this)
    return (
        member_types(node.this).get(position.name.lower()) if kind(node.this) == "struct" else element_type(node.this)
    )


def _type_of_struct(node: exp.Expr) -> exp.DataType:
    pairs = (pair for pair in node.expressions if isinstance(pair, exp.PropertyEQ))
    return build_struct_type((pair.this.name, pair.expression.type or simple_type(exp.DType.UNKNOWN)) for pair in pairs)


def _type_of_tuple(node: exp.Expr) -> exp.DataType:
    return build_struct_type(
        (f"col{position}", part.type or simple_type(exp.DType.UNKNOWN))
        for position, part in enumerate(node.expressions, 1)
    )


def _type_of_arithmetic(node: exp.Expr) -> exp.DataType | None:
    left, right = kind(node.this), kind(node.expression)
    if left in TIME_KINDS and right in TIME_KINDS:
        return BIGINT if left == right == "date" else INTERVAL
    for time, other_kind in ((node.this, right), (node.expression, left)):
        if kind(time) in TIME_KINDS and other_kind == "interval":
            return time.type if kind(time) != "date" else TIMESTAMP
    if "interval" in (left, right):
        return INTERVAL
    return node.this.type if left == "date" else common_type([node.this.type, node.expression.type])


def _type_of_literal(node: exp.Expr) -> exp.DataType:
    if node.is_string:
        return TEXT
    if node.is_int:
        return INTEGER if int(node.name) < 2**31 else BIGINT
    integer_digits, _, fraction = node.name.partition(".")
    return (
        DOUBLE
        if "e" in node.name.lower()
        else parse_type(f"decimal({len(integer_digits) + len(fraction)},{len(fraction)})")
    )


def _type_of_sum(node: exp.Expr) -> exp.DataType | None:
    data_type: exp.DataType | None = node.this.type
    return HUGEINT if kind(node.this) in INTEGER_KINDS else data_type


def _type_of_json_member(scalar: exp.DataType, item: exp.DataType) -> TypeRule:
    """Return the function that infers the type of json_extract.

    A path with a wildcard returns a list. A key that is an expression returns text in Spark.
    """

    def result(node: exp.Expr) -> exp.DataType:
        if node.expression.find(exp.JSONPathWildcard) is not None:
            return build_list_type(item)
        return scalar if isinstance(node.expression, exp.JSONPath | exp.Literal) else item

    return result


def _type_of_dot(node: exp.Expr) -> exp.DataType | None:
    return member_types(node.this).get(node.expression.name.lower())


def _type_of_cast(node: exp.Expr) -> exp.DataType:
    to: exp.DataType = node.args["to"]
    is_list_of_json = kind(to) == "list" and kind(element_type(to)) == "json"
    return build_list_type(ELEMENT) if is_list_of_json and kind(node.this) in ("json", "element") else to


def _type_of_epoch(node: exp.Expr) -> exp.DataType:
    return BIGINT if kind(node.this) in TIME_KINDS else TIMESTAMP


def _type_of_time_zone(node: exp.Expr) -> exp.DataType:
    return TIMESTAMP if kind(node.this) == "timestamptz" else TIMESTAMPTZ


def _type_of_truncation(node: exp.Expr) -> exp.DataType | None:
    return node.this.type if kind(node.this) == "timestamptz" else TIMESTAMP


def _type_of_subquery(node: exp.Expr) -> exp.DataType | None:
    query = node.unnest()
    selects = query.selects if isinstance(query, exp.Query) else []
    return selects[0].type if len(selects) == 1 else None


def _type_of_list_aggregate(node: exp.Expr) -> exp.DataType:
    return build_list_type(node.this.type or simple_type(exp.DType.UNKNOWN))


def _type_of_concatenation(node: exp.Expr) -> exp.DataType:
    types = (node.this.type, node.expression.type)
    return common_type(types) if "list" in map(kind, types) else TEXT


def _constant_type(data_type: exp.DataType) -> TypeRule:
    return lambda _: data_type


# By the key of the node in sqlglot.
_CONSTANT_TYPE_KEYS: tuple[tuple[exp.DataType, str], ...] = (
    (
        BOOLEAN,
        "and or not eq neq lt lte gt gte nullsafeeq nullsafeneq is between in exists boolean logicalor logicaland",
    ),
    (BOOLEAN, "startswith endswith contains arraycontains like escape regexplike regexpfullmatch"),
    (
        TEXT,
        "concat concatws lower upper md5 left right substring trim pad repeat replace splitpart regexpreplace regexpextract",
    ),
    (TEXT, "jsontype timetostr arraytostring groupconcat"),
    (build_list_type(TEXT), "split regexpextractall jsonkeys"),
    (BIGINT, "length count datediff rownumber rank denserank extract"),
    (DOUBLE, "avg div timetounix"),
    (JSON, "jsonobject jsonarray"),
    (INTERVAL, "interval todays"),
    (build_list_type(BIGINT), "generateseries"),
    (simple_type(exp.DType.NULL), "null"),
)
_ARGUMENT_TYPE_KEYS: tuple[tuple[TypeRule, str], ...] = (
    (
        _type_of_argument("this"),
        "paren alias neg abs round floor ceil min max anyvalue first firstvalue lastvalue lag lead ignorenulls",
    ),
    (_type_of_argument("this"), "filter window argmin argmax arraydistinct arraysort order ordered"),
    (_build_common_type_rule("this", "expression"), "intdiv mod nullif"),
    (_build_common_type_rule("this", "expressions"), "coalesce greatest least arrayconcat"),
    (_build_common_type_rule("true", "false"), "if"),
    (_type_of_arithmetic, "add sub mul"),
    (_type_of_cast, "cast trycast"),
    (_type_of_list_aggregate, "arrayagg comprehension"),
    (_type_of_truncation, "timestamptrunc datetrunc"),
    (lambda node: element_type(node.this), "explode flatten"),
    (lambda node: element_type(node.expressions[0]), "unnest"),
    (lambda node: node.expressions[0].type if node.expressions else None, "distinct"),
    (lambda node: common_type([node.this.type, build_list_type(common_type([node.expression.type]))]), "arrayappend"),
    (_type_of_concatenation, "dpipe"),
    (_type_of_json_member(JSON, ELEMENT), "jsonextract"),
    (_type_of_json_member(TEXT, TEXT), "jsonextractscalar"),
)
NODE_TYPE_RULES: Mapping[str, TypeRule] = {
    **{key: _constant_type(data_type) for data_type, keys in _CONSTANT_TYPE_KEYS for key in keys.split()},
    **{key: result for result, keys in _ARGUMENT_TYPE_KEYS for key in keys.split()},
    **{
        "case": _type_of_case,
        "array": _type_of_array,
        "bracket": _type_of_bracket,
        "struct": _type_of_struct,
        "tuple": _type_of_tuple,
        "dot": _type_of_dot,
        "literal": _type_of_literal,
    },
    **{
        "sum": _type_of_sum,
        "unixtotime": _type_of_epoch,
        "attimezone": _type_of_time_zone,
        "subquery": _type_of_subquery,
    },
}
CALL_TYPE_RULES: Mapping[str, TypeRule] = {
    **dict.fromkeys(("strlen", "json_array_length"), _constant_type(BIGINT)),
    **dict.fromkeys(("list_position", "array_position"), _constant_type(INTEGER)),
    **dict.fromkeys(("json_exists", "list_has_all"), _constant_type(BOOLEAN)),
    **dict.fromkeys(("to_json", "json_quote"), _constant_type(JSON)),
    **dict.fromkeys(("list_reverse", "array_reverse"), lambda node: node.expressions[0].type),
    **dict.fromkeys(("to_hours", "to_minutes", "to_seconds", "to_weeks", "to_days"), _constant_type(INTERVAL)),
    **dict.fromkeys(
        ("list_aggr", "list_aggregate"), lambda node: TEXT if node.expressions[1].name == "string_agg" else BOOLEAN
    ),
    "url_decode": _constant_type(TEXT),
}
