"""Translate expressions by the rules; an expression without a rule has no translation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import CALLS, NODES
from iamsql.lake.engines.spark.rules import (
    aggregates,
    branches,
    conditions,
    json_functions,
    json_values,
    lists,
    names,
    numbers,
    patterns,
    texts,
    times,
    windows,
)
from iamsql.lake.engines.spark.scope import Scope
from iamsql.lake.engines.spark.types import BOOLEAN
from iamsql.lake.engines.spark.values import Value

RULES = (
    *(aggregates, branches, conditions, json_functions, json_values, lists, names, numbers, patterns, texts, times),
    windows,
)
# What the rules read of a node, and the options that sqlglot sets for DuckDB's own meaning of it.
ARGUMENTS = frozenset(
    """
    this expression expressions alias big_int catalog coalesce condition date_part_boundary db decimals default delimiter end
    false fill_pattern flag format group high ifs ignore_nulls is_end_exclusive is_left is_string iterator length low modifiers
    negate null_if_pos_overflow nulls_first offset options order over part_index partition_by position query quoted replacement
    safe scale separator single_replace spec start table times to true unit value_constructor with_ zone only_json_types scalar_only
    return_type encoding check_null null_propagation
    """.split()
)
Subquery = Callable[[exp.Expr, Scope], tuple[str, dict[str, Value]]]


class Expressions:
    """Translates the expressions of one SELECT. `subquery` translates a query inside of an expression."""

    def __init__(self, scope: Scope, subquery: Subquery, numbers: count[int]) -> None:
        self.scope, self._subquery, self._numbers = scope, subquery, numbers
        self.known: dict[str, Value] = {}  # the values of GROUP BY, which the SELECT repeats in the same words

    def value(self, node: exp.Expr) -> Value:
        """Translate an expression; raise Untranslatable if no rule does."""
        if self.known and (known := self.known.get(node.sql("duckdb"))) is not None:
            return known
        if isinstance(node, exp.Anonymous):
            rule = CALLS.get(str(node.this).lower())
            if rule is None:
                raise Untranslatable(f"the function {str(node.this).lower()} has no translation")
            return rule(node, self)
        if type(node) not in NODES:
            raise Untranslatable(f"{node.key} has no translation")
        unknown = [key for key, argument in node.args.items() if argument and key not in ARGUMENTS]
        if unknown:
            raise Untranslatable(f"{node.key} has no translation with {unknown[0]}")
        value = NODES[type(node)](node, self)
        return Value(f"(NOT {value.sql})", BOOLEAN) if node.args.get("negate") else value

    def nested(self, variables: dict[str, Value]) -> Expressions:
        """Return the translator of an expression with further variables."""
        return Expressions(self.scope.inner(variables), self._subquery, self._numbers)

    def query(self, node: exp.Expr) -> tuple[str, dict[str, Value]]:
        """Translate a subquery: its SQL, and its columns."""
        return self._subquery(node, self.scope)

    def variable(self, name: str) -> str:
        """Return a name that no other variable has."""
        return f"{''.join(filter(str.isalnum, name)) or 'v'}_{next(self._numbers)}"
