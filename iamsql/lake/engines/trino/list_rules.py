"""Lists and structs: lists are arrays, whose elements element_at returns, and structs are rows."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.trino.build import Rule, call, coalesce, each, kind, literal, typed
from iamsql.lake.engines.trino.errors import TrinoError

COMPREHENSION = "comprehension"  # in the meta of a list: the array around it is not written


def joined(elements: exp.Expr, separator: exp.Expr) -> exp.Expr:
    """Return the elements as one text; NULL for an empty list, as in DuckDB."""
    is_filled = exp.GT(this=call("cardinality", elements), expression=literal(0))
    return typed(exp.Case(ifs=[exp.If(this=is_filled, true=call("array_join", elements, separator))]), "text")


def aggregated(node: exp.Expr) -> exp.Expr:
    """Return list_aggr(list, 'string_agg', separator)."""
    elements, name, *arguments = node.expressions
    if name.name != "string_agg" or len(arguments) != 1:
        raise TrinoError(f"list_aggr with {name.name}")
    return joined(elements, arguments[0])


def _bracket(node: exp.Expr) -> exp.Expr:
    place = node.expressions[0]
    if isinstance(place, exp.Slice):
        return _slice(node, place)
    if (
        len(node.expressions) != 1
        or kind(node.this) == "struct"
        or (isinstance(place, exp.Literal) and place.is_string)
    ):
        raise TrinoError("a subscript that is not an integer")
    return call("element_at", node.this, place)


def _slice(node: exp.Expr, place: exp.Slice) -> exp.Expr:
    start, end = place.this, place.args.get("expression")
    bounds = [bound for bound in (start, end) if bound is not None]
    if place.args.get("step") is not None or any(isinstance(bound, exp.Neg) for bound in bounds):
        raise TrinoError("a slice from the end")
    first = start if start is not None else literal(1)
    is_text = kind(node.this) == "text"
    if not is_text and kind(node.this) != "list":
        raise TrinoError("a slice of a value of unknown type")
    size = call("length" if is_text else "cardinality", node.this)
    length = (
        size
        if end is None
        else exp.Add(this=exp.Sub(this=_plain(end), expression=_plain(first)), expression=literal(1))
    )
    return call("substr" if is_text else "slice", node.this, first, length)


def _plain(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node.copy()) if isinstance(node, exp.Binary) else node.copy()


def _array(node: exp.Expr) -> exp.Expr | None:
    """Rewrite a list comprehension, which the parser puts into an array."""
    inner = node.expressions[0] if len(node.expressions) == 1 else None
    return inner.copy() if isinstance(inner, exp.Anonymous) and inner.meta.get(COMPREHENSION) else None


def _listed(elements: exp.Expr, element: exp.Expr) -> exp.Expr:
    """Set the type of a list that a comprehension returns."""
    known = element.type is not None and element.type.this != exp.DType.UNKNOWN
    inner = [element.type.copy()] if known and element.type is not None else []
    elements.type = exp.DataType(this=exp.DType.ARRAY, expressions=inner, nested=True)
    elements.meta[COMPREHENSION] = True
    return elements


def _comprehension(node: exp.Expr) -> exp.Expr:
    if node.args.get("position") is not None or node.find(exp.Subquery, exp.Select):
        raise TrinoError("a list comprehension with a position or a subquery")
    variable, elements = node.expression, node.args["iterator"]
    if (condition := node.args.get("condition")) is not None:
        elements = call("filter", elements, exp.Lambda(this=condition.copy(), expressions=[variable.copy()]))
    if not (isinstance(node.this, exp.Identifier) and node.this.name == variable.name):
        elements = call("transform", elements, exp.Lambda(this=node.this.copy(), expressions=[variable.copy()]))
    elif condition is None:
        elements = each(elements, lambda e: e.copy())
    return _listed(elements, node.this)


def _contains(node: exp.Expr) -> exp.Expr:
    if kind(node.this) in ("text", "json"):
        return typed(exp.GT(this=call("strpos", node.this, node.expression), expression=literal(0)), "boolean")
    if kind(node.this) == "list":
        return call("contains", node.this, node.expression)
    raise TrinoError("contains() of a value of unknown type")


def _distinct(node: exp.Expr) -> exp.Expr:
    without_null = each(node.this, lambda e: exp.Not(this=exp.Is(this=e.copy(), expression=exp.Null())), "filter")
    return _as_list(call("array_distinct", without_null), node)


def _length(node: exp.Expr) -> exp.Expr:
    if kind(node.this) == "list":
        return call("cardinality", node.this)
    if kind(node.this) == "text":
        return call("length", node.this)
    raise TrinoError("the length of a value of unknown type")


def _grouped(node: exp.Expr) -> exp.Expr:
    """Return string_agg, which ignores NULL, as array_join of an array_agg without NULL."""
    return _aggregate(node, node.this, node.args.get("separator") or literal(","))


def _aggregate(node: exp.Expr, value: exp.Expr, separator: exp.Expr) -> exp.Expr:
    if isinstance(node.parent, exp.Filter | exp.Window):
        raise TrinoError("string_agg with FILTER or OVER")
    element = value
    while isinstance(element, exp.Order | exp.Distinct):
        element = element.this if element.this is not None else element.expressions[0]
    where = exp.Where(this=exp.Not(this=exp.Is(this=_plain(element), expression=exp.Null())))
    listed = exp.Filter(this=exp.ArrayAgg(this=value.copy()), expression=where)
    return typed(call("array_join", listed, separator), "text")


def _same(name: str) -> Rule:
    """Return the rule of a function of one list."""
    return lambda node: _as_list(call(name, node.this), node)


def _as_list(new: exp.Expr, node: exp.Expr) -> exp.Expr:
    """Give a list the type that the list in a function has."""
    new.type = node.this.type if kind(node.this) == "list" else node.type
    return new


def _extreme(name: str) -> Rule:
    """Return the rule of greatest and least, which ignore NULL in DuckDB."""

    def rule(node: exp.Expr) -> exp.Expr:
        result: exp.Expr = node.this
        others = node.expressions
        for other in others:
            result = coalesce(call(name, result, other), result, other)
        return result

    return rule


RULES: dict[type[exp.Expr], Rule] = {
    exp.Array: _array,
    exp.Bracket: _bracket,
    exp.Comprehension: _comprehension,
    exp.Contains: _contains,
    exp.ArrayContains: lambda node: call("contains", node.this, node.expression),
    exp.ArrayDistinct: _distinct,
    exp.ArraySort: _same("array_sort"),
    exp.ArrayToString: lambda node: joined(node.this, node.expression),
    exp.ArrayAppend: lambda node: call("concat", node.this, exp.Array(expressions=[node.expression.copy()])),
    exp.ArrayConcat: lambda node: call("concat", node.this, *node.expressions),
    exp.Flatten: lambda node: call("flatten", node.this),
    exp.Greatest: _extreme("greatest"),
    exp.Least: _extreme("least"),
    exp.Length: _length,
    exp.GroupConcat: _grouped,
    exp.IgnoreNulls: lambda node: node.this.copy() if isinstance(node.this, exp.AnyValue) else None,
    exp.ArgMin: lambda node: call("min_by", node.this, node.expression),
    exp.ArgMax: lambda node: call("max_by", node.this, node.expression),
}
