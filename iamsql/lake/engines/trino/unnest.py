"""Move unnest() from the columns of a SELECT to its FROM clause, the only place where Trino has UNNEST."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.trino.build import call, each
from iamsql.lake.engines.trino.errors import TrinoError

_PLAIN = (*exp.DataType.TEXT_TYPES, *exp.DataType.NUMERIC_TYPES, exp.DType.JSON, exp.DType.BOOLEAN)


def unnest_in_from(tree: exp.Expr) -> None:
    """Rewrite each unnest() of a tree. Several of one SELECT are read side by side, as in DuckDB."""
    for select in list(tree.find_all(exp.Select)):
        found = [node for item in select.expressions for node in _own(item, select)]
        if found:
            _rewrite(select, found)
    if tree.find(exp.Explode) is not None:
        raise TrinoError("unnest() in another place than the columns of a SELECT")


def _own(item: exp.Expr, select: exp.Select) -> list[exp.Explode]:
    return [node for node in item.find_all(exp.Explode) if node.find_ancestor(exp.Select) is select]


def _rewrite(select: exp.Select, found: list[exp.Explode]) -> None:
    others = (node for item in select.expressions for node in item.find_all(exp.AggFunc, exp.Window))
    if select.args.get("group") or any(node.find_ancestor(exp.Select) is select for node in others):
        raise TrinoError("unnest() beside aggregates")
    if any(node.expressions for node in found):
        raise TrinoError("unnest() with max_depth")
    names = [f"element_{place}" for place in range(1, len(found) + 1)]
    lists = [_list(node.this) for node in found]
    for node, name in zip(found, names, strict=True):
        new = exp.column(name, "unnested")
        node.replace(exp.alias_(new, name) if node.parent is select else new)
    alias = exp.TableAlias(this=exp.to_identifier("unnested"), columns=[exp.to_identifier(name) for name in names])
    unnest = exp.Unnest(expressions=lists, alias=alias)
    if select.args.get("from_") is None:
        select.set("from_", exp.From(this=unnest))
    else:
        select.append("joins", exp.Join(this=unnest, kind="CROSS"))


def _list(elements: exp.Expr) -> exp.Expr:
    """Return the argument of UNNEST. Trino would make a column of each field of a row: the row becomes a field of another."""
    inner = elements.type.expressions if elements.type is not None else []
    if inner and isinstance(inner[0], exp.DataType) and inner[0].this in _PLAIN:
        return elements.copy()
    return each(elements, lambda element: call("row", element))
