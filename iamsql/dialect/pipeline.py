"""PostgreSQL in, DuckDB out, in passes: parse, settle names and kinds, rewrite from the inside out, write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect.nodes import Unfold
from iamsql.dialect.parse import parse
from iamsql.dialect.registry import Families, families
from iamsql.dialect.resolve import QUERIES, Analyst
from iamsql.dialect.typing import Kinds
from iamsql.dialect.unsupported import FOREIGN, PLAIN, check_query, refuse_function, refuse_operator
from iamsql.dialect.write import write
from iamsql.model import IamsqlError

_MACRO = re.compile(r"\bpg_\w+")


class Translated(NamedTuple):
    """DuckDB's SQL, and the statements that make the macros it uses, in an order in which each has what it needs."""

    sql: str
    macros: tuple[str, ...]


def translate(sql: str, columns: Mapping[str, Mapping[str, str]]) -> Translated:
    """Turn PostgreSQL into DuckDB's SQL; `columns` maps each table of the file to its columns and DuckDB types."""
    known = families()
    kinds = Kinds({**PLAIN, **known.kinds})
    try:
        statements = parse(sql)
        if not statements:
            raise IamsqlError("There is no SQL statement to run.")
        written = ";\n".join(_statement(one, columns, kinds, known) for one in statements)
    except RecursionError:
        raise IamsqlError("The SQL is nested too deep to be read as PostgreSQL.") from None
    return Translated(written, needed(written))


def _statement(node: exp.Expr, columns: Mapping[str, Mapping[str, str]], kinds: Kinds, known: Families) -> str:
    if isinstance(node, exp.Command) and str(node.this).upper() == "EXPLAIN":
        text = node.expression.name if node.expression else ""
        words = re.match(r"\s*(analyze\b|verbose\b|\([^)]*\))*\s*", text, re.IGNORECASE)
        if not (explained := parse(text[words.end() if words else 0 :])):
            raise IamsqlError("EXPLAIN stands before a query.")
        return "explain " + _statement(explained[0], columns, kinds, known)
    if isinstance(node, exp.Copy):
        query = node.this
        copied = _query(query.this if isinstance(query, exp.Subquery) else query, columns, kinds, known)
        rest = write(node).removeprefix("COPY ")
        return f"copy ({copied}) {rest[rest.rindex(' TO ') + 1 :]}"
    return _query(node, columns, kinds, known)


def _query(node: exp.Expr, columns: Mapping[str, Mapping[str, str]], kinds: Kinds, known: Families) -> str:
    check_query(node)
    if not isinstance(node, QUERIES):
        raise IamsqlError("Only queries can be run: SELECT, VALUES, WITH, TABLE, EXPLAIN and COPY (query) TO.")
    Analyst(columns, kinds).query(node, None, {})
    return write(_rewrite(node, kinds, known))


def _rewrite(root: exp.Expr, kinds: Kinds, known: Families) -> exp.Expr:
    """Rewrite every node after its parts; return what the root became."""
    for node in reversed(list(root.walk())):
        new = _one(node, kinds, known)
        if new is not None and new is not node:
            new.meta.setdefault("kind", kinds.of(node))
            node.replace(new)
            root = new if node is root else root
    return root


def _one(node: exp.Expr, kinds: Kinds, known: Families) -> exp.Expr | None:
    if isinstance(node, exp.Anonymous):
        name = str(node.this)
        if isinstance(node.parent, Unfold):
            return None
        if name in known.tables or name in known.unfolds:
            return _unfold(node, kinds, known)
        if name in known.functions:
            return known.functions[name](node, kinds) or node
        if name not in PLAIN:
            raise refuse_function(name, {*known.functions, *known.tables, *known.unfolds, *PLAIN})
        return None
    if isinstance(node, Unfold):
        return _unfold(node.this, kinds, known, node.args.get("part") or "")
    for rewrite in known.operators.get(type(node), ()):
        new = rewrite(node, kinds)
        if new is not None:
            return new
    if type(node) in FOREIGN:
        raise refuse_operator(node, kinds)
    return None


def _unfold(call: exp.Expr, kinds: Kinds, known: Families, part: str = "") -> exp.Expr:
    """Write the rows of a set-returning function as unnest of a list; any other function gives one row."""
    name = str(call.this)
    if name in known.unfolds:
        return known.unfolds[name](call, kinds, part)
    if name not in known.tables:
        call.meta["alone"] = True
        if part == "ordinality":
            return exp.Literal.number(1)
        return _scalar(call, kinds, known)
    rows = known.tables[name](call, kinds)
    if rows is None:
        raise IamsqlError(f"{name}() is not supported with these arguments.")
    if part == "ordinality":
        count = exp.Anonymous(this="len", expressions=[rows])
        rows = exp.Anonymous(this="generate_series", expressions=[exp.Literal.number(1), count])
    return exp.Anonymous(this="unnest", expressions=[rows])


def _scalar(call: exp.Expr, kinds: Kinds, known: Families) -> exp.Expr:
    holder = exp.Paren(this=call.copy())
    return _one(holder.this, kinds, known) or call


@cache
def _macros() -> dict[str, str]:
    """Map each helper macro to the statement that makes it."""
    found = {}
    folder = files("iamsql.dialect") / "macros"
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql")):
        for part in (folder / name).read_text(encoding="utf-8").split(";\n"):
            made = re.search(r"create or replace macro (\w+)", part)
            if made:
                found[made[1]] = part[part.index("create or replace macro") :].strip().removesuffix(";")
    return found


def needed(sql: str) -> tuple[str, ...]:
    """List the statements that make the macros which a text uses, those that they use in turn before them."""
    macros, made = _macros(), dict[str, str]()

    def make(name: str) -> None:
        if name in made or name not in macros:
            return
        body = macros[name]
        for inner in _MACRO.findall(body):
            if inner != name:
                make(inner)
        made[name] = body.replace("create or replace macro", "create or replace temp macro", 1)

    for name in _MACRO.findall(sql):
        make(name)
    return tuple(made.values())
