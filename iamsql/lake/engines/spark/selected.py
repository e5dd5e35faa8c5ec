"""The clauses of a SELECT after its FROM: the condition on window functions, the order and the limit."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.expressions import Expressions
from iamsql.lake.engines.spark.projections import Projection
from iamsql.lake.engines.spark.rules.aggregates import ordered
from iamsql.lake.engines.spark.rules.json_values import exact_text
from iamsql.lake.engines.spark.types import NULL
from iamsql.lake.engines.spark.values import Value, name


def query_keys(node: exp.Expr) -> list[exp.Expr]:
    """Return the keys of the ORDER BY of a query."""
    return list(node.args["order"].expressions) if node.args.get("order") is not None else []


def limit(node: exp.Expr, of: Expressions) -> str:
    """Return the LIMIT and the OFFSET of a query."""
    out = ""
    for key, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
        if (clause := node.args.get(key)) is not None:
            value = of.value(clause.expression)
            if value.type.name != "null":
                out += f" {word} {value.sql}"
    return out


def with_windows(node: exp.Expr) -> exp.Expr:
    """Return a SELECT whose window functions have the clauses of the WINDOW that they name."""
    if not node.args.get("windows"):
        return node
    node = node.copy()
    named = {window.name: window for window in node.args["windows"]}
    for window in list(node.find_all(exp.Window)):
        alias = window.args.get("alias")
        if alias is None or alias.name not in named or (window.parent is node and window in node.args["windows"]):
            continue
        for key in ("partition_by", "order", "spec"):
            if not window.args.get(key):
                window.set(key, named[alias.name].args.get(key))
        window.set("alias", None)
    return node


class Selected:
    """The clauses of a SELECT after its FROM, WHERE, GROUP BY and HAVING."""

    def __init__(self, node: exp.Expr, columns: list[Projection], of: Expressions) -> None:
        self._node, self._columns, self._of = node, columns, of

    def sql(self, body: str) -> str:
        """Return the SQL of the SELECT.

        A condition on window functions, and keys of ORDER BY that are not columns of the result, need a query around it: Sail
        has no QUALIFY, and finds only columns of the result in ORDER BY.
        """
        distinct = self._node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            raise Untranslatable("DISTINCT ON has no translation")
        word = "SELECT DISTINCT" if distinct is not None else "SELECT"
        selected = [f"{column.value.sql} AS {name(column.name)}" for column in self._columns]
        hidden, keys = self._order()
        qualify = self._node.args.get("qualify")
        if qualify is not None:
            hidden.append(f"{self._of.value(qualify.this).sql} AS `qualify__`")
        tail = (f" ORDER BY {', '.join(keys)}" if keys else "") + limit(self._node, self._of)
        if not hidden:
            return f"{word} {', '.join(selected)}{body}{tail}"
        if distinct is not None and len(hidden) > (qualify is not None):
            raise Untranslatable("a DISTINCT query is sorted by other columns than those of its result")
        outer = ", ".join(name(column.name) for column in self._columns)
        where = " WHERE `qualify__`" if qualify is not None else ""
        return f"{word} {outer} FROM (SELECT {', '.join([*selected, *hidden])}{body}) AS `selected__`{where}{tail}"

    def _order(self) -> tuple[list[str], list[str]]:
        """Return the columns that only ORDER BY needs, and its keys."""
        hidden, keys = list[str](), list[str]()
        for key in query_keys(self._node):
            if isinstance(key.this, exp.Var):
                keys += [ordered(key, Value(name(column.name), NULL)) for column in self._columns]
                continue
            column = self._column_of(key.this)
            label = column.name if column else f"order{len(hidden)}__"
            if column is None:
                hidden.append(f"{exact_text(self._of.value(key.this))} AS {name(label)}")
            keys.append(ordered(key, Value(name(label), NULL)))
        return hidden, keys

    def _column_of(self, key: exp.Expr) -> Projection | None:
        """Return the column of the result that a key of ORDER BY names, by its place, its name or its expression."""
        if isinstance(key, exp.Literal) and key.is_int:
            return self._columns[int(key.name) - 1]
        for column in self._columns:
            if isinstance(key, exp.Column) and not key.table and column.name.lower() == key.name.lower():
                return column
        text = key.sql("duckdb")
        return next(
            (column for column in self._columns if column.node is not None and column.node.sql("duckdb") == text), None
        )
