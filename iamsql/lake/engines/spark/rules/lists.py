"""Lists: DuckDB counts from 1, skips NULLs where Spark returns NULL, and sorts NULLs last."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, function, syntax
from iamsql.lake.engines.spark.rules.branches import unified
from iamsql.lake.engines.spark.rules.json_values import exact_text
from iamsql.lake.engines.spark.types import BIGINT, BOOLEAN, INTEGER, NULL, VARCHAR, Type, common, list_of
from iamsql.lake.engines.spark.values import Value, call, cast


def element_of(value: Value) -> Type:
    """Return the type of the elements of a list; raise Untranslatable for another value."""
    if value.type.name != "list":
        raise Untranslatable(f"a value of the type {value.type.name} is used as a list")
    return value.type.element or NULL


def like(value: Value, sql: str) -> Value:
    """Return another list of elements of the same kind."""
    return Value(sql, value.type, is_loose=value.is_loose)


@syntax(exp.Array)
def _array(node: exp.Expr, of: Translator) -> Value:
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Comprehension):
        return of.value(node.expressions[0])
    values = unified([of.value(item) for item in node.expressions])
    kind = common([value.type for value in values])
    texts = [exact_text(value) for value in values]
    return Value(call("array", *texts), list_of(kind)) if values else Value("array()", list_of(NULL))


@syntax(exp.Comprehension)
def _comprehension(node: exp.Expr, of: Translator) -> Value:
    items = of.value(node.args["iterator"])
    variable = node.expression.name
    unique = of.variable(variable)
    inner = of.nested({variable: Value(unique, element_of(items), is_loose=items.is_loose)})
    condition = node.args.get("condition")
    if condition is not None:
        items = like(items, call("filter", items, f"{unique} -> {inner.value(condition).sql}"))
    result = inner.value(node.this)
    if result.sql == unique:
        return items
    return Value(call("transform", items, f"{unique} -> {exact_text(result)}"), list_of(result.type))


@syntax(exp.Bracket)
def _bracket(node: exp.Expr, of: Translator) -> Value:
    items, place = of.value(node.this), node.expressions[0]
    if items.type.name == "struct" and isinstance(place, exp.Literal):
        raise Untranslatable("a member of a struct is read by its place")
    if isinstance(place, exp.Slice):
        return _slice(items, place, of)
    kind = element_of(items)
    if isinstance(place, exp.Neg):
        return Value(call("try_element_at", items, of.value(place)), kind, is_loose=items.is_loose)
    index = str(int(place.name) - 1) if isinstance(place, exp.Literal) else f"cast({of.value(place).sql} as int) - 1"
    return Value(call("get", items, index), kind, is_loose=items.is_loose)


def _slice(items: Value, node: exp.Expr, of: Translator) -> Value:
    start = of.value(node.this).sql if node.this is not None else "1"
    last = node.args.get("expression")
    end = of.value(last).sql if last is not None else call("array_size", items)
    return like(items, call("slice", items, start, f"greatest(cast({end} as int) - {start} + 1, 0)"))


@syntax(exp.ArrayContains)
def _contains(node: exp.Expr, of: Translator) -> Value:
    items, sought = of.value(node.this), of.value(node.expression)
    kind = common([element_of(items), sought.type])
    if items.type.element == NULL:
        items = cast(items, list_of(kind))
    found = call("array_contains", items, cast(sought, kind) if sought.type != kind else sought)
    known = (
        f"{items.sql} IS NOT NULL"
        if sought.text is not None
        else f"{items.sql} IS NOT NULL AND {sought.sql} IS NOT NULL"
    )
    return Value(f"coalesce({found}, (CASE WHEN {known} THEN false END))", BOOLEAN)


@function("list_position")
def _position(node: exp.Expr, of: Translator) -> Value:
    items, sought = (of.value(part) for part in node.expressions)
    return Value(f"cast(nullif({call('array_position', items, sought)}, 0) as int)", INTEGER)


@syntax(exp.ArrayDistinct)
def _distinct(node: exp.Expr, of: Translator) -> Value:
    items, variable = of.value(node.this), of.variable("d")
    return like(items, call("array_distinct", call("filter", items, f"{variable} -> {variable} IS NOT NULL")))


@syntax(exp.ArraySort)
def _sort(node: exp.Expr, of: Translator) -> Value:
    items = of.value(node.this)
    if items.is_loose or (node.args.get("asc") is not None and str(node.args["asc"]).lower() == "false"):
        raise Untranslatable("a list is sorted in descending order")
    return like(items, call("array_sort", items))


@function("list_reverse")
def _reverse(node: exp.Expr, of: Translator) -> Value:
    items = of.value(node.expressions[0])
    return like(items, call("reverse", items))


@syntax(exp.Flatten)
def _flatten(node: exp.Expr, of: Translator) -> Value:
    items, variable = of.value(node.this), of.variable("f")
    inner = element_of(items)
    kept = call("filter", items, f"{variable} -> {variable} IS NOT NULL")
    return Value(call("flatten", kept), inner if inner.name == "list" else list_of(NULL))


@syntax(exp.ArrayConcat)
def _concat(node: exp.Expr, of: Translator) -> Value:
    lists = [of.value(part) for part in (node.this, *node.expressions)]
    kind = common([value.type for value in lists])
    empty = f"cast(array() as {kind.spark})"
    joined = call("concat", *(f"coalesce({cast(value, kind).sql}, {empty})" for value in lists))
    return Value(joined, kind, is_loose=any(value.is_loose for value in lists))


@syntax(exp.ArrayAppend)
def _append(node: exp.Expr, of: Translator) -> Value:
    items, added = of.value(node.this), of.value(node.expression)
    kind = list_of(common([element_of(items), added.type]))
    empty = f"cast(array() as {kind.spark})"
    return Value(call("concat", f"coalesce({items.sql}, {empty})", call("array", added)), kind)


def joined(items: Value, separator: Value, of: Translator) -> str:
    """Return the texts of a list with a separator, NULLs left out."""
    if element_of(items) != VARCHAR:
        raise Untranslatable("a list of other values than texts is joined")
    return call("array_join", items, separator)


@syntax(exp.ArrayToString)
def _to_string(node: exp.Expr, of: Translator) -> Value:
    items, separator = of.value(node.this), of.value(node.expression)
    kind = element_of(items)
    if kind == NULL or (kind.is_number and kind.name != "double"):
        items = cast(items, list_of(VARCHAR))
    text, variable = joined(items, separator, of), of.variable("a")
    present = call("filter", items, f"{variable} -> {variable} IS NOT NULL")
    has_none = f"{call('array_size', items)} > 0 AND {call('array_size', present)} = 0"
    return Value(f"(CASE WHEN {has_none} THEN NULL ELSE {text} END)", VARCHAR)


@function("list_aggr", "list_aggregate")
def _aggregate(node: exp.Expr, of: Translator) -> Value:
    items, how = of.value(node.expressions[0]), of.value(node.expressions[1]).text
    variable = of.variable("a")
    present = call("filter", items, f"{variable} -> {variable} IS NOT NULL")
    if how == "string_agg":
        text = joined(items, of.value(node.expressions[2]), of)
        return Value(f"(CASE WHEN {call('array_size', present)} > 0 THEN {text} END)", VARCHAR)
    if how in ("bool_or", "bool_and"):
        kept = call("array_contains", items, "true" if how == "bool_or" else "false")
        value = kept if how == "bool_or" else f"(NOT {kept})"
        return Value(
            f"(CASE WHEN {call('array_size', present)} > 0 THEN coalesce({value}, {str(how == 'bool_and').lower()}) END)",
            BOOLEAN,
        )
    raise Untranslatable(f"a list is aggregated with {how}")


@syntax(exp.Length)
def _length(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    if value.type.name == "list":
        return Value(f"cast({call('array_size', value)} as bigint)", BIGINT)
    return Value(f"cast({call('char_length', exact_text(value))} as bigint)", BIGINT)


@function("places of lists")
def _places(node: exp.Expr, of: Translator) -> Value:
    """Return the places of the longest of several lists, for unnests side by side."""
    sizes = [f"coalesce({call('array_size', of.value(items))}, 0)" for items in node.expressions]
    longest = call("greatest", *sizes)
    none = "cast(array() as array<int>)"
    return Value(f"(CASE WHEN {longest} > 0 THEN {call('sequence', '1', longest)} ELSE {none} END)", list_of(INTEGER))


@function("place")
def _place(node: exp.Expr, _: Translator) -> Value:
    return Value(str(node.expressions[0]), INTEGER)


@syntax(exp.GenerateSeries)
def _range(node: exp.Expr, of: Translator) -> Value:
    start, end = of.value(node.args["start"]), of.value(node.args["end"])
    if node.args.get("step") is not None or not (start.type.is_number and end.type.is_number):
        raise Untranslatable("a series has a step")
    last = f"cast({end.sql} as bigint)" + (" - 1" if node.args.get("is_end_exclusive") else "")
    first, none = f"cast({start.sql} as bigint)", "cast(array() as array<bigint>)"
    is_known = f"{last} IS NOT NULL AND {first} IS NOT NULL"
    series = f"(CASE WHEN {last} >= {first} THEN {call('sequence', first, last)} WHEN {is_known} THEN {none} END)"
    return Value(series, list_of(BIGINT))
