"""Equalities with columns that only repeat a filter, as the bounds that they set."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.filters import bounded

OPERATORS = {exp.EQ: lambda node, kinds: bounded(node)}
