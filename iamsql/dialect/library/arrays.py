"""Array functions and operators. Arrays of two dimensions are refused, because DuckDB has only lists of lists."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, number
from iamsql.dialect.core.casts import text_array
from iamsql.dialect.core.json_comparison import convert_literals
from iamsql.dialect.data_types import ARRAY_TYPES
from iamsql.dialect.typing import Function, Rewrite, Types, is_untyped
from iamsql.model import IamsqlError

_ELEMENT_TYPES = {"int": "bigint", "number": "double", "float": "double"}
# The elements that pg_text and an array print differently.
_TEXT_MACROS = {"boolean[]": "pg_boolean_text", "interval[]": "pg_interval_text"}


def _is_array(node: exp.Expr, types: Types) -> bool:
    return types.of(node).endswith("[]")


def _as_array(node: exp.Expr, array_type: str = "") -> exp.Expr:
    """Return an operand of an array operator; a string literal becomes an array of the other operand's type."""
    items = literal_text(node) if is_untyped(node) else None
    if items is None:
        return node
    return cast(text_array(items), f"{_ELEMENT_TYPES.get(array_type.removesuffix('[]'), 'varchar')}[]")


def _set_operator_rewrite(macro: str, reverse: bool = False) -> Rewrite:
    def rewrite(node: exp.Expr, types: Types) -> exp.Expr | None:
        left, right = node.this, node.expression
        if not (_is_array(left, types) or _is_array(right, types)):
            return None
        operands = [_as_array(left, types.of(right)), _as_array(right, types.of(left))]
        return call(macro, *(reversed(operands) if reverse else operands))

    return rewrite


def _rewrite_concatenation(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Concatenate two arrays, or an array and an element."""
    left, right = node.this, node.expression
    if _is_array(left, types):
        return call("pg_array_cat", left, right) if _is_array(right, types) else _append_element(left, right)
    return _append_element(right, left, prepend=True) if _is_array(right, types) else None


def _append_element(array: exp.Expr, element: exp.Expr, prepend: bool = False) -> exp.Expr:
    if isinstance(element, exp.Null):
        return array  # PostgreSQL takes NULL without a type for an array, and array || NULL::array is the array
    is_array_literal = is_untyped(element) and (literal_text(element) or "").startswith("{")
    added = _as_array(element) if is_array_literal else exp.Array(expressions=[element])
    return call("pg_array_cat", *((added, array) if prepend else (array, added)))


def _rewrite_cast(node: exp.Expr, types: Types) -> exp.Expr | None:
    target = node.args["to"].this
    if target in ARRAY_TYPES and types.of(node.this) == "text" and literal_text(node.this) is None:
        raise IamsqlError("Only a string literal can be cast to an array; use string_to_array for other text.")
    if target in exp.DataType.TEXT_TYPES and _is_array(node.this, types):
        return call("pg_array_text", _as_text_array(node.this, types))
    return None


def _as_text_array(array: exp.Expr, types: Types) -> exp.Expr:
    """Return an array as an array of text."""
    array_type = types.of(array)
    if array_type == "text[]":
        return array
    _require_one_dimension(array, types)
    macro = _TEXT_MACROS.get(array_type, "pg_text")
    return call("list_transform", array, exp.Var(this=f"lambda element_: {macro}(element_)"))


def _require_one_dimension(array: exp.Expr, types: Types) -> None:
    is_nested = isinstance(array, exp.Array) and any(_is_array(element, types) for element in array.expressions)
    if is_nested or types.of(array).endswith("[][]"):
        raise IamsqlError("Arrays of more than one dimension are not supported.")


def _rewrite_subscript(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Return an element or a slice; DuckDB counts positions below 1 from the end, PostgreSQL has no elements there."""
    if not _is_array(node.this, types) or len(node.expressions) != 1:
        return None
    _require_one_dimension(node.this, types)
    index = node.expressions[0]
    if isinstance(index, exp.Slice):
        low, high = index.this, index.expression
        return call("pg_array_slice", node.this, low or number(1), high or call("len", node.this.copy()))
    return call("pg_array_element", node.this, index)


def _rewrite_string_to_array(node: exp.Expr, types: Types) -> exp.Expr:
    string, delimiter, *null_string = node.expressions
    # The macro compares the delimiter with text, and an untyped NULL is INTEGER in DuckDB.
    delimiter = cast(delimiter, "varchar") if isinstance(delimiter, exp.Null) else delimiter
    array = call("pg_string_to_array", string, delimiter)
    return call("pg_replace_null_string", array, null_string[0]) if null_string else array


def _rewrite_array_to_string(node: exp.Expr, types: Types) -> exp.Expr:
    array, delimiter, *null_string = node.expressions
    texts = _as_text_array(array, types)
    if isinstance(delimiter, exp.Null):
        return exp.null()
    return call("pg_array_to_string" if null_string else "array_to_string", texts, delimiter, *null_string[:1])


def _rewrite_coalesce(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Convert the literals to arrays if an argument is an array, and to JSON if an argument is JSON."""
    array_type = next((types.of(argument) for argument in node.expressions if _is_array(argument, types)), "")
    if not array_type:
        convert_literals(list(node.expressions), types)
        return None
    return call("coalesce", *(_as_array(argument, array_type) for argument in node.expressions))


OPERATORS = {
    exp.ArrayContainsAll: _set_operator_rewrite("pg_array_contains"),
    exp.ArrayContainedBy: _set_operator_rewrite("pg_array_contains", reverse=True),
    exp.ArrayOverlaps: _set_operator_rewrite("list_has_any"),
    exp.DPipe: _rewrite_concatenation,
    exp.Cast: _rewrite_cast,
    exp.Bracket: _rewrite_subscript,
}
FUNCTIONS: dict[str, Function] = {
    "coalesce": Function(_rewrite_coalesce, "arg"),
    "string_to_array": Function(_rewrite_string_to_array, "text[]"),
    "array_to_string": Function(_rewrite_array_to_string, "text"),
}
SET_RETURNING = {
    "string_to_table": Function(_rewrite_string_to_array, "text"),
}
