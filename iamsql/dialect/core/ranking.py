"""Which document comes first: PostgreSQL ranks null, strings, numbers, truth, arrays and objects, and then by value."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call
from iamsql.dialect.core.documents import as_json
from iamsql.dialect.faces import Rewrite
from iamsql.dialect.kinds import Kinds
from iamsql.model import IamsqlError


def _compared(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if "json" not in (kinds.of(node.this), kinds.of(node.expression)):
        return None
    left, right = (call("pg_json_rank", as_json(side, kinds)) for side in (node.this, node.expression))
    return exp.Paren(this=type(node)(this=left, expression=right))


def _between(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if kinds.of(node.this) == "json":
        raise IamsqlError("BETWEEN is not supported for JSON: take the value out with ->> and cast it to a number.")
    return None


def _ordered(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Sort by the rank; beside DISTINCT and in a set operation, which allow no expression, by the text."""
    query = node.find_ancestor(exp.Select, exp.SetOperation, exp.Anonymous)
    plain = isinstance(query, exp.SetOperation) or (query is not None and query.args.get("distinct") is not None)
    within = isinstance(query, exp.Anonymous) and query.find(exp.Distinct) is not None
    if kinds.of(node.this) != "json" or plain or within:
        return None
    made = node.copy()
    made.set("this", call("pg_json_rank", node.this.copy()))
    return made


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE), _compared),
    exp.Between: _between,
    exp.Ordered: _ordered,
}
