"""Comparisons with columns that only repeat a filter, as what they mean for stored rows."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.filters import bounded

OPERATORS = dict.fromkeys((exp.EQ, exp.In), lambda node, kinds: bounded(node))
