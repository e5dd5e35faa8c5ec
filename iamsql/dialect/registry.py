"""The registry of rewrites: every module of core and library declares its own, and is found by walking the two packages.

A module may declare these dictionaries:

- FUNCTIONS: the rewrite of a call and the type that it returns, by the function's name;
- SET_RETURNING: the same for a set-returning call, whose rewrite gives a list with the rows;
- UNNESTED: the same for a set-returning call whose rows have key and value columns or need more than an unnest;
- OPERATORS: the rewrite of an operator, by its class in sqlglot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from sqlglot import exp

from iamsql.dialect import core, library
from iamsql.dialect.typing import Function, Rewrite, RowsRewrite


@dataclass(frozen=True)
class Registry:
    """The declarations of all modules; see the module's docstring."""

    functions: dict[str, Function[Rewrite]] = field(default_factory=dict)
    set_returning: dict[str, Function[Rewrite]] = field(default_factory=dict)
    unnested: dict[str, Function[RowsRewrite]] = field(default_factory=dict)
    operators: dict[type[exp.Expr], list[Rewrite]] = field(default_factory=dict)

    @property
    def return_types(self) -> dict[str, str]:
        """The type that each function returns."""
        calls = {name: function.returns for name, function in (self.functions | self.set_returning).items()}
        return calls | {name: function.returns for name, function in self.unnested.items()}


@cache
def registry() -> Registry:
    """Return all rewrites. Those of an operator are tried in order, the modules of library before those of core.

    The rewrites of operators in library are for particular types, those in core for the rest.
    """
    found = Registry()
    for module in _modules():
        found.functions.update(getattr(module, "FUNCTIONS", {}))
        found.set_returning.update(getattr(module, "SET_RETURNING", {}))
        found.unnested.update(getattr(module, "UNNESTED", {}))
        for operator, rewrite in getattr(module, "OPERATORS", {}).items():
            found.operators.setdefault(operator, []).append(rewrite)
    return found


def _modules() -> Iterator[ModuleType]:
    for package in (library, core):
        for entry in sorted(iter_modules(package.__path__), key=lambda entry: entry.name):
            if not entry.name.startswith("_"):
                yield import_module(f"{package.__name__}.{entry.name}")
