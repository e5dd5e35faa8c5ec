"""Infer the types of a query: an operator is translated differently for text, lists and JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope
from sqlglot.schema import MappingSchema

from iamsql.lake.engines.inline.grammar import MacroDuckDB
from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.results import CALLS, NODES, Result
from iamsql.lake.engines.spark.shape import fill_rows, is_variable, prepare
from iamsql.lake.engines.spark.types import common, element, simple

Columns = Mapping[str, Mapping[str, str]]  # by table: the DuckDB types of the columns


def with_types(tree: exp.Expr, columns: Columns) -> exp.Expr:
    """Return the tree, changed, with the table of each column and the type of each expression."""
    by_schema = defaultdict[str, dict[str, dict[str, str]]](dict)
    for table, types in columns.items():
        database, _, name = table.rpartition(".")
        by_schema[database or "main"][name] = dict(types)
    schema = MappingSchema(dict(by_schema), dialect=_DuckDB)
    prepare(tree)
    try:
        qualified = qualify(
            tree, schema=schema, dialect=_DuckDB, db="main", validate_qualify_columns=False, quote_identifiers=False
        )
        fill_rows(qualified, {name if "." in name else f"main.{name}": types for name, types in columns.items()})
        typed: exp.Expr = _DuckTypes(schema, expression_metadata=_METADATA).annotate(qualified)
    except SqlglotError as error:
        raise Untranslatable(f"its columns cannot be found: {str(error).splitlines()[0]}") from error
    return typed


def _annotator_of(result: Result) -> dict[str, Any]:
    return {"annotator": lambda self, node: self._set_type(node, result(node))}


_CLASSES = {part.key: part for part in vars(exp).values() if isinstance(part, type) and issubclass(part, exp.Expr)}
_METADATA: dict[type[exp.Expr], dict[str, Any]] = {
    **{_CLASSES[key]: _annotator_of(result) for key, result in NODES.items()},
    exp.Anonymous: _annotator_of(lambda node: result(node) if (result := CALLS.get(str(node.this).lower())) else None),
}


class _DuckDB(MacroDuckDB):
    """DuckDB without the types of whole rows, which are not used."""

    QUERY_RESULTS_ARE_STRUCTS = False


class _DuckTypes(TypeAnnotator):
    """sqlglot's inference with DuckDB's common types and the variables of list comprehensions."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._bound: set[int] = set()
        self._supports_null_type = True

    def annotate_expression(self, expression: exp.Expr, scope: Scope | None = None) -> None:
        """Give the variables of list comprehensions their types, the outer ones first, and then all expressions."""
        for node in expression.dfs(prune=lambda part_of_tree: id(part_of_tree) in self._visited):
            if isinstance(node, exp.Comprehension) and id(node) not in self._bound:
                self._bound.add(id(node))
                self.annotate_expression(node.args["iterator"], scope)
                self._set_variable(node, element(node.args["iterator"]))
        super().annotate_expression(expression, scope)

    def _set_variable(self, comprehension: exp.Comprehension, data_type: exp.DataType | None) -> None:
        name = comprehension.expression.name.lower()
        for part in (comprehension.this, comprehension.args.get("condition")):
            for identifier in part.find_all(exp.Identifier) if part is not None else ():
                if identifier.name.lower() == name and is_variable(identifier):
                    self._set_type(identifier, data_type)

    def _get_source_scope_selects(self, source: Scope) -> dict[str, exp.DataType | exp.DType]:
        """Return the types of the columns of a source, which can be a LATERAL subquery."""
        query = source.expression.this if isinstance(source.expression, exp.Lateral) else None
        if isinstance(query, exp.Subquery):
            selects = inner.selects if isinstance(inner := query.unnest(), exp.Query) else []
            return {item.alias_or_name: item.type for item in selects if item.type is not None}
        return super()._get_source_scope_selects(source)

    def _maybe_coerce(self, type1: exp.DataType | exp.DType, type2: exp.DataType | exp.DType) -> exp.DataType:
        """Return the type of a column of a set operation, or of the rows of VALUES."""
        return common(
            data_type if isinstance(data_type, exp.DataType) else simple(data_type) for data_type in (type1, type2)
        )
