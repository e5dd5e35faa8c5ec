"""The rules by the syntax and the functions that they translate. A rule module registers its rules when it is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlglot import exp

from iamsql.lake.engines.spark.scope import Scope
from iamsql.lake.engines.spark.values import Value


class Translator(Protocol):
    """What a rule may ask for: the translation of another expression, or of a subquery."""

    scope: Scope

    def value(self, node: exp.Expr) -> Value:
        """Translate an expression."""
        ...

    def nested(self, variables: dict[str, Value]) -> Translator:
        """Return the translator of an expression with further variables."""
        ...

    def query(self, node: exp.Expr) -> tuple[str, dict[str, Value]]:
        """Translate a subquery: its SQL, and its columns."""
        ...

    def variable(self, name: str) -> str:
        """Return a name that no other variable has."""
        ...


Rule = Callable[[exp.Expr, Translator], Value]
NODES: dict[type[exp.Expr], Rule] = {}
CALLS: dict[str, Rule] = {}


def syntax(*types: type[exp.Expr]) -> Callable[[Rule], Rule]:
    """Register a rule for types of nodes."""

    def register(rule: Rule) -> Rule:
        NODES.update(dict.fromkeys(types, rule))
        return rule

    return register


def function(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for functions that sqlglot has no type for."""

    def register(rule: Rule) -> Rule:
        CALLS.update(dict.fromkeys(names, rule))
        return rule

    return register
