"""Infer the types of a query: the same operator has another translation for a text, a list and JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from iamsql.dialect.inline.grammar import MacroDuckDB
from iamsql.dialect.spark.errors import Untranslatable
from iamsql.dialect.written.shape import fill_rows, prepare

_TEXT = (
    *(exp.RegexpReplace, exp.RegexpExtract, exp.Replace, exp.SplitPart),
    *(exp.Left, exp.JSONType),
)
_TEXTS = (exp.Split, exp.RegexpExtractAll, exp.JSONKeys)
_AS_ARGUMENT = (exp.ArrayDistinct, exp.ArraySort, exp.ArrayAppend, exp.ArgMin, exp.ArgMax)
# What sqlglot does not know of DuckDB's functions.
_METADATA: dict[type[exp.Expr], dict[str, Any]] = {
    **MacroDuckDB.EXPRESSION_METADATA,
    **{kind: {"annotator": lambda self, node: self._set_type(node, exp.DType.VARCHAR)} for kind in _TEXT},
    **{kind: {"annotator": lambda self, node: self._set_type(node, _list_of("varchar"))} for kind in _TEXTS},
    **{kind: {"annotator": lambda self, node: self._set_type(node, node.this.type)} for kind in _AS_ARGUMENT},
    exp.Order: {"annotator": lambda self, node: self._set_type(node, node.this.type if node.this else None)},
    exp.Comprehension: {"annotator": lambda self, node: self._set_type(node, _comprehension_type(self, node))},
    exp.Struct: {"annotator": lambda self, node: self._set_type(node, _struct_of(node))},
    exp.JSONExtract: {"annotator": lambda self, node: self._set_type(node, _extracted(node, "json"))},
    exp.JSONExtractScalar: {"annotator": lambda self, node: self._set_type(node, _extracted(node, "varchar"))},
    exp.Flatten: {"annotator": lambda self, node: self._set_type(node, (_element(node.this) or exp.DType.UNKNOWN))},
}
Columns = Mapping[str, Mapping[str, str]]  # by schema.table: the DuckDB types of the columns


def with_types(tree: exp.Expr, columns: Columns) -> exp.Expr:
    """Return a copy of a tree whose columns have their tables, and whose nodes have types."""
    by_schema = defaultdict[str, dict[str, dict[str, str]]](dict)
    for name, types in columns.items():
        database, _, table = name.rpartition(".")
        by_schema[database or "main"][table] = dict(types)
    schema: dict[str, object] = dict(by_schema)
    copy = tree.copy()
    prepare(copy)
    try:
        qualified = qualify(
            copy, schema=schema, dialect=MacroDuckDB, db="main", validate_qualify_columns=False, quote_identifiers=False
        )
        fill_rows(qualified, {name if "." in name else f"main.{name}": types for name, types in columns.items()})
        annotated: exp.Expr = annotate_types(
            qualified, schema=schema, dialect=MacroDuckDB, expression_metadata=_METADATA
        )
    except SqlglotError as error:
        raise Untranslatable(f"its columns cannot be found: {str(error).splitlines()[0]}") from error
    for comprehension in annotated.find_all(exp.Comprehension):
        _set_variable(comprehension)
    return annotated


def _list_of(element: str) -> exp.DataType:
    return exp.DataType.build(f"{element}[]", dialect="duckdb")


def _extracted(node: exp.Expr, element: str) -> exp.DataType:
    """Return the type of json_extract: a list for a list of paths, and for a path with a wildcard."""
    is_list = isinstance(node.expression, exp.Array) or node.expression.find(exp.JSONPathWildcard) is not None
    return _list_of(element) if is_list else exp.DataType.build(element, dialect="duckdb")


def _comprehension_type(annotator: Any, comprehension: exp.Comprehension) -> exp.DataType | exp.DType:
    """Return the type of the elements that a list comprehension returns, which sqlglot takes for a value in a list."""
    _set_variable(comprehension)
    parts = (comprehension.args.get("condition"), comprehension.this)
    for node in (node for part in parts if part is not None for node in reversed(list(part.walk()))):
        spec = _METADATA.get(type(node), {})
        if "annotator" in spec and not isinstance(node, exp.Dot):
            spec["annotator"](annotator, node)
    return comprehension.this.type or exp.DType.UNKNOWN


def _struct_of(node: exp.Struct) -> exp.DataType:
    """Return the type of a struct. sqlglot has no type for a struct with a member of unknown type."""
    fields = [
        exp.ColumnDef(this=pair.this.copy(), kind=(pair.expression.type or exp.DataType.build("unknown")).copy())
        for pair in node.expressions
        if isinstance(pair, exp.PropertyEQ)
    ]
    return exp.DataType(this=exp.DType.STRUCT, expressions=fields, nested=True)


def _set_variable(comprehension: exp.Comprehension) -> None:
    """Give the variable the type of the elements of the list. The outer comprehensions come first."""
    element = _element(comprehension.args["iterator"])
    if element is None:
        return
    name = comprehension.expression.name.lower()
    for part in (comprehension.this, comprehension.args.get("condition")):
        for identifier in part.find_all(exp.Identifier) if part is not None else ():
            if identifier.name.lower() == name and not isinstance(identifier.parent, exp.Column):
                identifier.type = element
                _set_members(identifier, element)


def _set_members(node: exp.Expr, data_type: exp.DataType) -> None:
    """Give the members of a struct their types."""
    parent = node.parent
    if not isinstance(parent, exp.Dot) or parent.this is not node or data_type.this != exp.DType.STRUCT:
        return
    fields = {field.name.lower(): field.args.get("kind") for field in data_type.expressions}
    if isinstance(found := fields.get(parent.expression.name.lower()), exp.DataType):
        parent.type = found
        _set_members(parent, found)


def _element(node: exp.Expr) -> exp.DataType | None:
    """Return the type of the elements of a list; None if it is unknown."""
    if (
        isinstance(node, exp.Array)
        and len(node.expressions) == 1
        and isinstance(node.expressions[0], exp.Comprehension)
    ):
        inner = node.expressions[0]
        is_same = inner.this.name == inner.expression.name and isinstance(inner.this, exp.Identifier)
        return _element(inner.args["iterator"]) if is_same else _known(inner.this.type)
    listed = node.type
    first = listed.expressions[0] if listed is not None and listed.expressions else None
    return _known(first) if isinstance(first, exp.DataType) else None


def _known(data_type: exp.DataType | None) -> exp.DataType | None:
    return None if data_type is None or data_type.this == exp.DType.UNKNOWN else data_type
