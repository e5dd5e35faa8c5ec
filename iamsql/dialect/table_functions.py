"""Functions in FROM: PostgreSQL names their tables and columns by rules of its own, and lets the alias mean the element."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from iamsql.dialect import nodes
from iamsql.dialect.data_types import of_type
from iamsql.dialect.scope import Columns
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

# columns that such functions name themselves; others have one, named by the alias or else by the function
NAMED: dict[str, dict[str, str]] = {
    f"{kind}_{name}": columns
    for kind in ("json", "jsonb")
    for name, columns in {
        "array_elements": {"value": "json"},
        "array_elements_text": {"value": "text"},
        "each": {"key": "text", "value": "json"},
        "each_text": {"key": "text", "value": "text"},
    }.items()
}
RECORDS = {
    f"{kind}_to_{name}": f"{kind}_array_elements" if name == "recordset" else ""
    for kind in ("json", "jsonb")
    for name in ("record", "recordset")
}


@dataclass(frozen=True)
class Table:
    """What a function in FROM is to the rest of the query."""

    name: str
    columns: Columns
    element: str


def called(node: exp.Expr) -> exp.Anonymous | None:
    """Give the function that an entry of FROM calls, if it calls one."""
    inner = node.this if isinstance(node, exp.Lateral) else node
    if isinstance(inner, exp.Unnest):
        return exp.Anonymous(this="unnest", expressions=list(inner.expressions))
    if isinstance(node, exp.Table | exp.Lateral) and isinstance(node.this, exp.Anonymous):
        return node.this
    return None


def as_subquery(node: exp.Expr, call: exp.Anonymous, kinds: Kinds, joined: bool) -> Table:
    """Put a subquery that unfolds the function in the place of an entry of FROM; the call's arguments have their kinds."""
    function = str(call.this)
    alias = node.args.get("alias") or (node.this.args.get("alias") if isinstance(node, exp.Lateral) else None)
    given = list(alias.args.get("columns") or []) if alias is not None else []
    name = (alias.name if alias is not None else "") or function
    kinds.note(call)
    if any(isinstance(one, exp.ColumnDef) for one in given):
        return _record(node, call, name, given, joined)
    own = _own_columns(call, name, kinds)
    ordinality, given = _ordinality(node, given)
    parts = [*own, *([("ordinality", "int")] if ordinality else [])]
    names = [*(one.name for one in given), *(column for column, _ in parts[len(given) :])]
    projections = []
    for place, column in enumerate(names):
        target, part = _part(call, place, len(own), ordinality)
        unfold = nodes.Unfold(this=target, part=part)
        unfold.meta["kind"] = parts[place][1]
        projections.append(exp.alias_(unfold, column, quoted=True, copy=False))
    _replace(node, exp.Select(expressions=projections), name, joined)
    columns = {column: kind for column, (_, kind) in zip(names, parts, strict=False)}
    return Table(name, columns, names[0] if len(names) == 1 else "")


def _own_columns(call: exp.Anonymous, name: str, kinds: Kinds) -> list[tuple[str, str]]:
    function = str(call.this)
    if function in NAMED:
        return list(NAMED[function].items())
    if function == "unnest":
        names = [name] if len(call.expressions) == 1 else ["unnest"] * len(call.expressions)
        return [(one, kinds.of(arg).removesuffix("[]")) for one, arg in zip(names, call.expressions, strict=True)]
    return [(name, kinds.of(call))]


def _ordinality(node: exp.Expr, given: list[exp.Expr]) -> tuple[bool, list[exp.Expr]]:
    """Tell whether the rows are numbered; sqlglot takes the number's name from the names of an UNNEST."""
    inner = node.this if isinstance(node, exp.Lateral) else node
    if isinstance(inner, exp.Unnest):
        offset = inner.args.get("offset")
        return bool(offset), [*given, offset] if isinstance(offset, exp.Identifier) else given
    return bool(node.args.get("ordinality")), given


def _part(call: exp.Anonymous, place: int, own: int, ordinality: bool) -> tuple[exp.Expr, str]:
    """Give what to unfold for one column, and which part of it."""
    if ordinality and place == own:
        return call.copy(), "ordinality"
    if call.this == "unnest" and own > 1:
        return exp.Anonymous(this="unnest", expressions=[call.expressions[place].copy()]), ""
    return call.copy(), ("key", "value")[place] if own == 2 else ""


def _record(node: exp.Expr, call: exp.Anonymous, name: str, given: list[exp.Expr], joined: bool) -> Table:
    """Take members out of one object, or out of each object of an array, as the columns that the query declares."""
    if call.this not in RECORDS:
        raise IamsqlError(
            f"{call.this}(…) AS {name}(column type, …) is not supported; only jsonb_to_record and jsonb_to_recordset."
        )
    unfolding = RECORDS[str(call.this)]
    document: exp.Expr = call.expressions[0]
    if unfolding:
        document = nodes.Unfold(this=exp.Anonymous(this=unfolding, expressions=[document.copy()]), part="")
    document.meta["kind"] = "json"
    inner = exp.Subquery(
        this=exp.Select(expressions=[exp.alias_(document, "document", quoted=True)]),
        alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)),
    )
    columns: Columns = {}
    projections = []
    for column in given:
        kind = columns[column.name] = of_type(column.args["kind"])
        projections.append(exp.alias_(_member(name, column, kind), column.name, quoted=True, copy=False))
    _replace(node, exp.Select(expressions=projections, from_=exp.From(this=inner)), name, joined)
    return Table(name, columns, "")


def _member(table: str, column: exp.Expr, kind: str) -> exp.Expr:
    """Read a member of the document as its declared type."""
    document = exp.column("document", table, quoted=True)
    document.meta["kind"] = "json"
    read = exp.JSONExtract if kind == "json" else exp.JSONExtractScalar
    member = read(this=document, expression=exp.Literal.string(column.name))
    member.meta["kind"] = "json" if kind == "json" else "text"
    cast = exp.Cast(this=member, to=column.args["kind"].copy())
    cast.meta["kind"] = kind
    return cast


def _replace(node: exp.Expr, select: exp.Select, name: str, joined: bool) -> None:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    subquery = exp.Subquery(this=select)
    if joined:
        new: exp.Expr = exp.Lateral(this=subquery, alias=alias)
    else:
        subquery.set("alias", alias)
        new = subquery
    new.set("joins", node.args.get("joins"))
    node.replace(new)
