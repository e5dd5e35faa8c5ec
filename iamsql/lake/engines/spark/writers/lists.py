"""Lists: DuckDB counts from 1, skips NULLs where Spark returns NULL, and sorts NULLs last."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.names import quote_name
from iamsql.lake.engines.spark.types import NUMBER_KINDS, build_list_type, element_type, kind, spark_type
from iamsql.lake.engines.spark.writers.literals import Writer, constant_text


def assign_list_types(tree: exp.Expr) -> None:
    """Give an empty list the type of the list that it is compared, joined or chosen with, the outer expressions first."""
    for node in tree.walk():
        keys = _LIST_ARGUMENT_KEYS.get(type(node))
        list_type = node.type
        if keys is None:
            continue
        if isinstance(node, exp.EQ | exp.NEQ | exp.Nullif | exp.NullSafeEQ):
            list_type = next(
                (
                    side.type
                    for side in (node.this, node.expression)
                    if kind(side) == "list" and not _lacks_element_type(side.type)
                ),
                None,
            )
        elif isinstance(node, exp.Array | exp.Comprehension):
            list_type = element_type(node)
        if kind(list_type) != "list":
            continue
        arguments = (node.args.get(key) for key in keys)
        for part in (
            part
            for argument in arguments
            for part in (argument if isinstance(argument, list) else [argument])
            if part is not None
        ):
            value = part.args["true"] if isinstance(node, exp.Case) and isinstance(part, exp.If) else part
            if kind(value) == "list" and _lacks_element_type(value.type):
                value.type = list_type


_LIST_ARGUMENT_KEYS: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.Case: ("ifs", "default"),
    exp.If: ("true", "false"),
    **dict.fromkeys((exp.Coalesce, exp.ArrayConcat), ("this", "expressions")),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.Nullif, exp.DPipe), ("this", "expression")),
    **dict.fromkeys((exp.Paren, exp.ArrayAppend, exp.Comprehension), ("this",)),
    exp.Array: ("expressions",),
}


def _lacks_element_type(data_type: exp.DataType | None) -> bool:
    """Return whether the elements of a list, or of the lists in it, have no type yet."""
    inner = element_type(data_type)
    return kind(inner) in ("", "null") or (kind(inner) == "list" and _lacks_element_type(inner))


def list_sql(self: SparkGenerator, node: exp.Expr) -> str:
    """Return a list; raise UntranslatableError for another value."""
    if kind(node) not in ("list", "null"):
        raise UntranslatableError(f"a value of the type {kind(node) or 'unknown'} is used as a list")
    return self.sql(node)


def _write_comprehension(self: SparkGenerator, node: exp.Expr) -> str:
    variable, items = self.sql(node.expression), list_sql(self, node.args["iterator"])
    if (condition := node.args.get("condition")) is not None:
        items = f"FILTER({items}, {variable} -> {self.sql(condition)})"
    result = self.sql(node.this)
    return items if result == variable else f"TRANSFORM({items}, {variable} -> {result})"


def _write_list(self: SparkGenerator, node: exp.Expr) -> str:
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Comprehension):
        return _write_comprehension(self, node.expressions[0])
    return f"ARRAY({', '.join(map(self.sql, node.expressions))})" if node.expressions else _empty_list(node.type)


def _empty_list(data_type: exp.DataType | None) -> str:
    return f"CAST(ARRAY() AS {spark_type(data_type)})"


def _write_bracket(self: SparkGenerator, node: exp.Expr) -> str:
    (position,) = node.expressions
    if kind(node.this) == "struct":
        if not position.is_string:
            raise UntranslatableError("a member of a struct is read by its place")
        return f"{self.sql(node.this)}.{quote_name(position.name)}"
    items = list_sql(self, node.this)
    if isinstance(position, exp.Slice):
        start = self.sql(position.this) if position.this is not None else "1"
        end = self.sql(position.expression) if position.expression is not None else f"ARRAY_SIZE({items})"
        return f"SLICE({items}, {start}, GREATEST(CAST({end} AS INT) - {start} + 1, 0))"
    if isinstance(position, exp.Neg) or (isinstance(position, exp.Literal) and position.name != "0"):
        return f"TRY_ELEMENT_AT({items}, {self.sql(position)})"
    return f"GET({items}, CAST({self.sql(position)} AS INT) - 1)"


def _write_contains(self: SparkGenerator, node: exp.Expr) -> str:
    items, sought_value = self.sql(node.this), self.sql(node.expression)
    if kind(node.this) != "list":
        return f"CONTAINS({items}, {sought_value})"
    if kind(element_type(node.this)) == "element":
        raise UntranslatableError("an element of a JSON array is used as JSON")
    if kind(element_type(node.this)) == "null":
        items = f"CAST({items} AS {spark_type(build_list_type(node.expression.type or exp.DataType.build('varchar')))})"
    not_null = f"{items} IS NOT NULL" + ("" if node.expression.is_string else f" AND {sought_value} IS NOT NULL")
    return f"COALESCE(ARRAY_CONTAINS({items}, {sought_value}), (CASE WHEN {not_null} THEN FALSE END))"


def _has_values(items: str) -> str:
    return f"ARRAY_SIZE(FILTER({items}, a_ -> a_ IS NOT NULL)) > 0"


def _list_as_texts(self: SparkGenerator, node: exp.Expr) -> str:
    """Return a list with text, or with numbers as text. Raise UntranslatableError for types that Spark writes differently."""
    if kind(element_type(node)) == "text":
        return list_sql(self, node)
    if kind(element_type(node)) not in (*NUMBER_KINDS, "null") or kind(element_type(node)) == "double":
        raise UntranslatableError("a list of other values than texts is joined")
    return f"CAST({list_sql(self, node)} AS ARRAY<STRING>)"


def _write_array_to_string(self: SparkGenerator, node: exp.Expr) -> str:
    items = _list_as_texts(self, node.this)
    return f"(CASE WHEN ARRAY_SIZE({items}) = 0 OR {_has_values(items)} THEN ARRAY_JOIN({items}, {self.sql(node.expression)}) END)"


def _write_flatten(self: SparkGenerator, node: exp.Expr) -> str:
    return f"FLATTEN(FILTER({list_sql(self, node.this)}, a_ -> a_ IS NOT NULL))"


def _write_list_concatenation(self: SparkGenerator, node: exp.Expr) -> str:
    lists = [part for part in (node.this, *node.expressions) if not isinstance(part, exp.Null)]
    return f"CONCAT({', '.join(f'COALESCE({list_sql(self, part)}, {_empty_list(node.type)})' for part in lists)})"


def _write_append(self: SparkGenerator, node: exp.Expr) -> str:
    return (
        f"CONCAT(COALESCE({list_sql(self, node.this)}, {_empty_list(node.type)}), ARRAY({self.sql(node.expression)}))"
    )


def _write_distinct(self: SparkGenerator, node: exp.Expr) -> str:
    return f"ARRAY_DISTINCT(FILTER({list_sql(self, node.this)}, a_ -> a_ IS NOT NULL))"


def _write_sort(self: SparkGenerator, node: exp.Expr) -> str:
    if constant_text(node.args.get("asc")) not in (None, "ASC") or str(node.args.get("asc")).lower() == "false":
        raise UntranslatableError("a list is sorted in descending order")
    if kind(element_type(node.this)) == "element":
        raise UntranslatableError("an element of a JSON array is used as JSON")
    return f"ARRAY_SORT({list_sql(self, node.this)})"


def _write_length(self: SparkGenerator, node: exp.Expr) -> str:
    if kind(node.this) not in ("list", "text"):
        raise UntranslatableError(f"the length of a value of the type {kind(node.this) or 'unknown'}")
    return f"CAST({'ARRAY_SIZE' if kind(node.this) == 'list' else 'CHAR_LENGTH'}({self.sql(node.this)}) AS BIGINT)"


def _write_series(self: SparkGenerator, node: exp.Expr) -> str:
    if node.args.get("step") is not None:
        raise UntranslatableError("a series has a step")
    start, end = f"CAST({self.sql(node, 'start')} AS BIGINT)", f"CAST({self.sql(node, 'end')} AS BIGINT)"
    last_number = f"{end} - 1" if node.args.get("is_end_exclusive") else end
    not_null = f"{last_number} IS NOT NULL AND {start} IS NOT NULL"
    numbers = f"SEQUENCE({start}, {last_number})"
    return (
        f"(CASE WHEN {last_number} >= {start} THEN {numbers} WHEN {not_null} THEN CAST(ARRAY() AS ARRAY<BIGINT>) END)"
    )


def _write_list_aggregate(self: SparkGenerator, arguments: Sequence[exp.Expr]) -> str:
    aggregate_name = constant_text(arguments[1])
    if aggregate_name == "string_agg":
        items = _list_as_texts(self, arguments[0])
        return f"(CASE WHEN {_has_values(items)} THEN ARRAY_JOIN({items}, {self.sql(arguments[2])}) END)"
    if aggregate_name in ("bool_or", "bool_and"):
        items = list_sql(self, arguments[0])
        value = f"ARRAY_CONTAINS({items}, {'TRUE' if aggregate_name == 'bool_or' else 'FALSE'})"
        value = f"COALESCE({value}, FALSE)" if aggregate_name == "bool_or" else f"NOT COALESCE({value}, FALSE)"
        return f"(CASE WHEN {_has_values(items)} THEN {value} END)"
    raise UntranslatableError(f"a list is aggregated with {aggregate_name}")


def _write_has_all(self: SparkGenerator, arguments: Sequence[exp.Expr]) -> str:
    return f"(ARRAY_SIZE(ARRAY_EXCEPT({list_sql(self, arguments[1])}, {list_sql(self, arguments[0])})) = 0)"


def _write_position(self: SparkGenerator, arguments: Sequence[exp.Expr]) -> str:
    return f"CAST(NULLIF(ARRAY_POSITION({list_sql(self, arguments[0])}, {self.sql(arguments[1])}), 0) AS INT)"


WRITERS: dict[type[exp.Expr], Writer] = {
    exp.Array: _write_list,
    exp.Comprehension: _write_comprehension,
    exp.Bracket: _write_bracket,
    exp.Contains: _write_contains,
    exp.ArrayContains: _write_contains,
    exp.ArrayToString: _write_array_to_string,
    exp.ArrayDistinct: _write_distinct,
    exp.ArraySort: _write_sort,
    exp.ArrayConcat: _write_list_concatenation,
    exp.ArrayAppend: _write_append,
    exp.Flatten: _write_flatten,
    exp.Length: _write_length,
    exp.GenerateSeries: _write_series,
}
CALLS = {
    **dict.fromkeys(("list_aggr", "list_aggregate"), _write_list_aggregate),
    **dict.fromkeys(("list_position", "array_position"), _write_position),
    **dict.fromkeys(
        ("list_reverse", "array_reverse"), lambda self, arguments: f"REVERSE({list_sql(self, arguments[0])})"
    ),
    "list_has_all": _write_has_all,
}
