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
from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.results import CALL_TYPE_RULES, NODE_TYPE_RULES, TypeRule
from iamsql.lake.engines.spark.shape import fill_rows, is_variable, prepare_tree
from iamsql.lake.engines.spark.types import common_type, element_type, simple_type

ColumnTypes = Mapping[str, Mapping[str, str]]  # by table: the DuckDB types of the columns


def infer_types(tree: exp.Expr, columns: ColumnTypes) -> exp.Expr:
    """Return the tree, changed, with the table of each column and the type of each expression."""
    types_by_schema = defaultdict[str, dict[str, dict[str, str]]](dict)
    for table, types in columns.items():
        database, _, name = table.rpartition(".")
        types_by_schema[database or "main"][name] = dict(types)
    schema = MappingSchema(dict(types_by_schema), dialect=_DuckDB)
    prepare_tree(tree)
    try:
        qualified_tree = qualify(
            tree, schema=schema, dialect=_DuckDB, db="main", validate_qualify_columns=False, quote_identifiers=False
        )
        fill_rows(qualified_tree, {name if "." in name else f"main.{name}": types for name, types in columns.items()})
        typed_tree: exp.Expr = _DuckDBTypeAnnotator(schema, expression_metadata=_TYPE_METADATA).annotate(qualified_tree)
    except SqlglotError as error:
        raise UntranslatableError(f"its columns cannot be found: {str(error).splitlines()[0]}") from error
    return typed_tree


def _build_annotator(result: TypeRule) -> dict[str, Any]:
    return {"annotator": lambda self, node: self._set_type(node, result(node))}


_NODE_CLASSES = {part.key: part for part in vars(exp).values() if isinstance(part, type) and issubclass(part, exp.Expr)}
_TYPE_METADATA: dict[type[exp.Expr], dict[str, Any]] = {
    **{_NODE_CLASSES[key]: _build_annotator(result) for key, result in NODE_TYPE_RULES.items()},
    exp.Anonymous: _build_annotator(
        lambda node: result(node) if (result := CALL_TYPE_RULES.get(str(node.this).lower())) else None
    ),
}


class _DuckDB(MacroDuckDB):
    """DuckDB without the types of whole rows, which are not used."""

    QUERY_RESULTS_ARE_STRUCTS = False


class _DuckDBTypeAnnotator(TypeAnnotator):
    """sqlglot's inference with DuckDB's common types and the variables of list comprehensions."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._typed_comprehensions: set[int] = set()
        self._supports_null_type = True

    def annotate_expression(self, expression: exp.Expr, scope: Scope | None = None) -> None:
        """Give the variables of list comprehensions their types, the outer ones first, and then all expressions."""
        for node in expression.dfs(prune=lambda part_of_tree: id(part_of_tree) in self._visited):
            if isinstance(node, exp.Comprehension) and id(node) not in self._typed_comprehensions:
                self._typed_comprehensions.add(id(node))
                self.annotate_expression(node.args["iterator"], scope)
                self._set_variable(node, element_type(node.args["iterator"]))
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
        return common_type(
            data_type if isinstance(data_type, exp.DataType) else simple_type(data_type) for data_type in (type1, type2)
        )
