"""Find the tables that a statement can have rows without, from DuckDB's plan over a file with empty tables.

They are, for example, the right side of a LEFT JOIN, a branch of a UNION and the subquery of an EXISTS. If the plan does not show
whether the rows depend on a table, the table counts as one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Ctes = Mapping[str, frozenset[str]]  # the required tables of each CTE by its index
NONE: frozenset[str] = frozenset()
# Operators with rows only if both inputs have rows, if their first input has rows, and if any input has rows.
NEEDS_BOTH_SIDES = {"CROSS_PRODUCT"}
FIRST_JOINS, BOTH_JOINS = {"LEFT", "ANTI", "MARK", "SINGLE"}, {"INNER", "SEMI", "RIGHT_SEMI"}
NEEDS_FIRST_SIDE = {"RECURSIVE_CTE", "REC_CTE", "EXCEPT"}


def optional_tables(plan: Sequence[Any]) -> frozenset[str]:
    """Return the tables that a SELECT reads and that it can have rows without. Tables outside the schema main are schema.name.

    `plan` is what EXPLAIN of `iamsql.runs.store.query_plans` returns; there are no such tables without a plan.
    """
    return frozenset(_scanned_tables(plan)).difference(*(_required_tables(node, {}) for node in plan))


def _scanned_tables(nodes: Any) -> Iterator[str]:
    """Yield the table of each scan in a plan."""
    for node in nodes:
        if table := _scanned_table(node):
            yield table
        yield from _scanned_tables(node.get("children") or [])


def _scanned_table(node: Any) -> str:
    """Return the table that an operator scans; '' for another operator."""
    schema, _, name = str((node.get("extra_info") or {}).get("Table", "")).partition(".")[2].rpartition(".")
    return (name if schema == "main" else f"{schema}.{name}" if name else "").lower()


def _required_tables(node: Any, ctes: Ctes) -> frozenset[str]:
    """Return the tables without whose rows an operator of the plan has no rows."""
    name, info = str(node.get("name", "")).strip().upper(), node.get("extra_info") or {}
    children = node.get("children") or []
    if name == "CTE" and len(children) == 2:
        return _required_tables(
            children[1], {**ctes, str(info.get("Table Index")): _required_tables(children[0], ctes)}
        )
    if name == "CTE_SCAN":
        return ctes.get(str(info.get("CTE Index")), NONE)
    if table := _scanned_table(node):
        return frozenset((table,))
    required = [_required_tables(child, ctes) for child in children]
    join = str(info.get("Join Type", "")).upper()
    if not required:
        return NONE
    if join in BOTH_JOINS or name in NEEDS_BOTH_SIDES:
        return frozenset.union(*required)
    if join in FIRST_JOINS or name in NEEDS_FIRST_SIDE or len(required) == 1:
        return required[0]
    if join.startswith("RIGHT"):
        return required[1]
    return frozenset.intersection(*required) if name in ("UNION", "INTERSECT") else NONE
