"""The registry of rewrites: every module of core and library declares its own, and is found by walking the two packages.

A module may declare these dictionaries:

- FUNCTIONS: the rewrite of a call, by the function's name;
- SET_RETURNING: the rewrite of a set-returning call into a list that holds the rows, by the function's name;
- UNNESTED: the same for a call that has key and value columns or needs more than an unnest, by the function's name;
- OPERATORS: the rewrite of an operator, by its class in sqlglot;
- RETURN_TYPES: the type that a function returns (see typing.py).
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
from iamsql.dialect.typing import Rewrite, RowsRewrite


@dataclass(frozen=True)
class Registry:
    """The declarations of all modules; see the module's docstring."""

    functions: dict[str, Rewrite] = field(default_factory=dict)
    set_returning: dict[str, Rewrite] = field(default_factory=dict)
    unnested: dict[str, RowsRewrite] = field(default_factory=dict)
    operators: dict[type[exp.Expr], list[Rewrite]] = field(default_factory=dict)
    return_types: dict[str, str] = field(default_factory=dict)


@cache
def registry() -> Registry:
    """Return all rewrites. A function belongs to the first module that declares it; operators are tried in order.

    The modules of library come first: their rewrites of operators are for particular types, those of core for the rest.
    """
    found = Registry()
    for module in _modules():
        for name in ("FUNCTIONS", "SET_RETURNING", "UNNESTED", "RETURN_TYPES"):
            declared = getattr(found, name.lower())
            for function, value in getattr(module, name, {}).items():
                declared.setdefault(function, value)
        for operator, rewrite in getattr(module, "OPERATORS", {}).items():
            found.operators.setdefault(operator, []).append(rewrite)
    return found


def _modules() -> Iterator[ModuleType]:
    for package in (library, core):
        for entry in sorted(iter_modules(package.__path__), key=lambda entry: entry.name):
            if not entry.name.startswith("_"):
                yield import_module(f"{package.__name__}.{entry.name}")
