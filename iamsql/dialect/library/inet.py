"""Addresses and networks, which DuckDB has no type for: text in one spelling, with PostgreSQL's operators."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import nodes
from iamsql.dialect.build import call
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.data_types import of_type
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds, untyped
from iamsql.model import IamsqlError


def _is_network(node: exp.Expr, kinds: Kinds) -> bool:
    return kinds.of(node) == "inet"


def _side(node: exp.Expr) -> exp.Expr:
    """Give an operand beside a network; a text literal is read as one."""
    return call("pg_inet", node) if untyped(node) else node


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Read a text as an address or network, and print one: the text of inet names its mask even of one address."""
    to = of_type(node.args["to"])
    if to == "inet":
        always = node.args["to"].sql().lower() == "cidr"
        if kinds.of(node.this) == "inet":
            return call("pg_network" if always else "pg_inet", node.this)
        value = as_text(node.this, kinds)
        return call("pg_cidr" if always else "pg_inet", value)
    if kinds.of(node.this) == "inet" and to == "text":
        return call("pg_inet_text", node.this)
    return None


def _covers(turned: bool, equal: bool) -> Rewrite:
    """Tell whether one network holds the other."""

    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
        if not (_is_network(node.this, kinds) or _is_network(node.expression, kinds)):
            if equal:
                raise IamsqlError("<<= and >>= compare networks: cast one side to inet.")
            return None
        one, other = _side(node.this), _side(node.expression)
        return call("pg_net_covers", *((other, one) if turned else (one, other)), exp.Boolean(this=equal))

    return rewrite


def _overlaps(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if not (_is_network(node.this, kinds) or _is_network(node.expression, kinds)):
        return None
    return call("pg_net_overlaps", _side(node.this), _side(node.expression))


def _ordered(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Compare addresses by family, network, mask and address, not as texts."""
    if not (_is_network(node.this, kinds) or _is_network(node.expression, kinds)):
        return None
    if isinstance(node.expression, exp.Any | exp.All | exp.Subquery):
        return None
    sides = [call("pg_ip_order", _side(side)) for side in (node.this, node.expression)]
    return type(node)(this=sides[0], expression=sides[1])


def _sorted(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Sort by the address, not by its text."""
    if not _is_network(node.this, kinds) or isinstance(node.this, exp.Literal):
        return None
    made = node.copy()
    made.set("this", call("pg_ip_order", node.this.copy()))
    return made


def _macro(name: str) -> Rewrite:
    return lambda node, kinds: call(name, _side(node.expressions[0]))


def _masked(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    network, bits = node.expressions
    return call("pg_with_mask", _side(network), bits)


def _host(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_host", _side(node.expressions[0]))


def _same(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    pair = [call("pg_family", _side(one)) for one in node.expressions]
    return exp.Paren(this=exp.EQ(this=pair[0], expression=pair[1]))


def _plus(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if not (_is_network(node.this, kinds) or _is_network(node.expression, kinds)):
        return None
    raise IamsqlError("Arithmetic with addresses is not supported.")


ORDER = (exp.LT, exp.GT, exp.LTE, exp.GTE, exp.EQ, exp.NEQ)
OPERATORS: dict[type[exp.Expr], Rewrite] = {
    exp.Cast: _cast,
    nodes.Within: _covers(turned=True, equal=False),
    nodes.WithinEq: _covers(turned=True, equal=True),
    nodes.Covers: _covers(turned=False, equal=False),
    nodes.CoversEq: _covers(turned=False, equal=True),
    exp.ArrayOverlaps: _overlaps,
    exp.Add: _plus,
    exp.Sub: _plus,
    exp.Ordered: _sorted,
    **dict.fromkeys(ORDER, _ordered),
}


def _bound(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Take the greatest or least address by its number, not by its text."""
    if kinds.of(node.expressions[0]) != "inet":
        return node
    value = node.expressions[0]
    return call(f"arg_{node.this}", value, call("pg_ip_order", value.copy()))


def _abbreviated(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if not untyped(node.expressions[0]) and kinds.of(node.expressions[0]) == "inet":
        raise IamsqlError("abbrev is not supported: use text or host.")
    return _side(node.expressions[0])


REWRITES: dict[str, Rewrite] = {
    "max": _bound,
    "min": _bound,
    "masklen": _macro("pg_masklen"),
    "host": _host,
    "abbrev": _abbreviated,
    "broadcast": _macro("pg_broadcast"),
    "network": _macro("pg_network"),
    "netmask": _macro("pg_netmask"),
    "hostmask": _macro("pg_hostmask"),
    "family": _macro("pg_family"),
    "set_masklen": _masked,
    "inet_same_family": _same,
}
KINDS = {
    "max": "arg",
    "min": "arg",
    "masklen": "int",
    "family": "int",
    "host": "text",
    "abbrev": "text",
    "inet_same_family": "boolean",
    **dict.fromkeys("broadcast network netmask hostmask set_masklen".split(), "inet"),
}
