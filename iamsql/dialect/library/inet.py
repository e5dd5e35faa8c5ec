"""Addresses and networks (inet and cidr). DuckDB has no such type: they are text in a canonical spelling."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import grammar
from iamsql.dialect.build import call
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.data_types import of_type
from iamsql.dialect.typing import Function, Rewrite, Types, untyped
from iamsql.model import IamsqlError

_COMPARISONS = (exp.LT, exp.GT, exp.LTE, exp.GTE, exp.EQ, exp.NEQ)


def _has_network(node: exp.Expr, types: Types) -> bool:
    return "inet" in (types.of(node.this), types.of(node.expression))


def _as_network(node: exp.Expr) -> exp.Expr:
    """Return an operand of a network operator; a string literal becomes a network."""
    return call("pg_inet", node) if untyped(node) else node


def _cast(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Cast from and to text; the text of inet has the mask even of a single address."""
    target, is_cidr = of_type(node.args["to"]), node.args["to"].sql().lower() == "cidr"
    if target == "inet":
        if types.of(node.this) == "inet":
            return call("pg_network" if is_cidr else "pg_inet", node.this)
        return call("pg_cidr" if is_cidr else "pg_inet", as_text(node.this, types))
    return call("pg_inet_text", node.this) if target == "text" and types.of(node.this) == "inet" else None


def _operator(macro: str, reverse: bool = False) -> Rewrite:
    """Rewrite an operator whose left or right operand is a network; `reverse` exchanges the operands."""

    def rewrite(node: exp.Expr, types: Types) -> exp.Expr | None:
        operands = [_as_network(node.this), _as_network(node.expression)]
        return call(macro, *(reversed(operands) if reverse else operands)) if _has_network(node, types) else None

    return rewrite


def _compare(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Compare by family, network, mask and address; the text has another order, and two texts can be equal addresses."""
    if not _has_network(node, types) or isinstance(node.expression, exp.Any | exp.All | exp.Subquery):
        return None
    left, right = (call("pg_network_sort_key", _as_network(operand)) for operand in (node.this, node.expression))
    return type(node)(this=left, expression=right)


def _ordered(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node.this) != "inet":
        return None
    ordered = node.copy()
    ordered.set("this", call("pg_network_sort_key", node.this.copy()))
    return ordered


def _refuse_arithmetic(node: exp.Expr, types: Types) -> None:
    if _has_network(node, types):
        raise IamsqlError("Arithmetic with addresses is not supported.")


def _extremum(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Return the greatest or the least address; max and min of DuckDB would compare the texts."""
    value = node.expressions[0]
    if types.of(value) != "inet":
        return None
    return call(f"arg_{node.this}", value, call("pg_network_sort_key", value.copy()))


def _call_macro(node: exp.Expr, types: Types) -> exp.Expr:
    """Call the macro pg_… of the same name."""
    return call(f"pg_{node.this}", *map(_as_network, node.expressions))


def _abbrev(node: exp.Expr, types: Types) -> exp.Expr:
    network = node.expressions[0]
    if not untyped(network) and types.of(network) == "inet":
        raise IamsqlError("abbrev is not supported: use text or host.")
    return _as_network(network)


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    exp.Cast: _cast,
    exp.BitwiseLeftShift: _operator("pg_network_contains", reverse=True),
    grammar.WithinEq: _operator("pg_network_covers", reverse=True),
    exp.BitwiseRightShift: _operator("pg_network_contains"),
    grammar.CoversEq: _operator("pg_network_covers"),
    exp.ArrayOverlaps: _operator("pg_network_overlaps"),
    **dict.fromkeys((exp.Add, exp.Sub), _refuse_arithmetic),
    exp.Ordered: _ordered,
    **dict.fromkeys(_COMPARISONS, _compare),
}
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("max", "min"), Function(_extremum, "arg")),
    "abbrev": Function(_abbrev, "text"),
    **dict.fromkeys(("family", "masklen"), Function(_call_macro, "int")),
    **dict.fromkeys(("broadcast", "hostmask", "netmask", "network", "set_masklen"), Function(_call_macro, "inet")),
    "host": Function(_call_macro, "text"),
    "inet_same_family": Function(_call_macro, "boolean"),
}
