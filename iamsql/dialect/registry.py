"""What a family of rewrites is: a module with REWRITES, OPERATORS, TABLES, UNFOLDS or KINDS, found by walking its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from sqlglot import exp

from iamsql.dialect import core, library
from iamsql.dialect.typing import Kinds

Rewrite = Callable[[exp.Expr, Kinds], exp.Expr | None]  # None: not mine
Unfolding = Callable[[exp.Expr, Kinds, str], exp.Expr]  # the rows of a call, or a part of them


@dataclass(frozen=True)
class Families:
    """Every rewrite, by what it takes: a function's name, an operator's class, the name of a set-returning function."""

    functions: dict[str, Rewrite] = field(default_factory=dict)
    operators: dict[type[exp.Expr], list[Rewrite]] = field(default_factory=dict)
    tables: dict[str, Rewrite] = field(default_factory=dict)
    unfolds: dict[str, Unfolding] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


_FACES = {"REWRITES": "functions", "TABLES": "tables", "UNFOLDS": "unfolds", "KINDS": "kinds"}


@cache
def families() -> Families:
    """Gather the rewrites; of several for one name or operator those of `library` come first."""
    found = Families()
    for module in _modules():
        for name, into in _FACES.items():
            getattr(found, into).update(
                {k: v for k, v in getattr(module, name, {}).items() if k not in getattr(found, into)}
            )
        for kind, rewrite in getattr(module, "OPERATORS", {}).items():
            found.operators.setdefault(kind, []).append(rewrite)
    return found


def _modules() -> Iterator[ModuleType]:
    for package in (library, core):
        for entry in sorted(iter_modules(package.__path__), key=lambda one: one.name):
            if not entry.name.startswith("_"):
                yield import_module(f"{package.__name__}.{entry.name}")
