"""Translate queries: SELECT, set operations and CTEs, with the stars and aliases that only DuckDB knows written out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect.spark.errors import Untranslatable
from iamsql.dialect.spark.expressions import Expressions
from iamsql.dialect.spark.relations import FromClause
from iamsql.dialect.spark.rules.aggregates import AGGREGATES, order, ordered
from iamsql.dialect.spark.rules.json_values import exact_text
from iamsql.dialect.spark.scope import Columns, Scope
from iamsql.dialect.spark.types import NULL, common
from iamsql.dialect.spark.values import Value, cast, name

Answer = tuple[str, dict[str, Value]]


class Projection(NamedTuple):
    """A column of a SELECT: its name, its value, and the expression that it is the value of, if there is one."""

    name: str
    value: Value
    node: exp.Expr | None = None


def is_aggregated(node: exp.Expr) -> bool:
    """Return whether an expression has an aggregate that is not a window function."""
    for part in node.walk(prune=lambda inner: isinstance(inner, exp.Query)):
        parent = part.parent
        while isinstance(parent, exp.Filter | exp.IgnoreNulls):
            parent = parent.parent
        if isinstance(part, AGGREGATES) and not (isinstance(parent, exp.Window) and part is not node):
            return True
    return False


def query_keys(node: exp.Expr) -> list[exp.Expr]:
    """Return the keys of the ORDER BY of a query."""
    return list(node.args["order"].expressions) if node.args.get("order") is not None else []


class Queries:
    """Translates the queries of a statement. `read` collects the tables that they read."""

    def __init__(self, tables: Mapping[str, Columns], *, is_sail: bool = False) -> None:
        self._tables, self._numbers, self._is_sail = tables, count(1), is_sail
        self.read: set[str] = set()

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Columns]) -> Answer:
        """Translate a query; return its SQL and its columns."""
        head, ctes = self._ctes(node, outer, ctes)
        if isinstance(node, exp.Select):
            sql, columns = self._select(node, outer, ctes)
        elif isinstance(node, exp.SetOperation):
            sql, columns = self._set_operation(node, outer, ctes)
        elif isinstance(node, exp.Subquery):
            sql, columns = self.query(node.this, outer, ctes)
            if node.args.get("order") is not None or node.args.get("limit") is not None:
                sql = f"SELECT * FROM ({sql}) AS {name(f'q{next(self._numbers)}')}{self._tail(node, columns, outer, ctes)}"
        elif isinstance(node, exp.Values):
            inner = exp.Select(expressions=[exp.Star()], from_=exp.From(this=node.copy()))
            sql, columns = self._select(inner, outer, ctes)
        else:
            raise Untranslatable(f"{node.key} is no query")
        return head + sql, columns

    def _ctes(
        self, node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Columns]
    ) -> tuple[str, Mapping[str, Columns]]:
        with_ = node.args.get("with_")
        if with_ is None:
            return "", ctes
        if with_.args.get("recursive"):
            raise Untranslatable("a CTE is recursive")
        known, parts = dict(ctes), []
        for cte in with_.expressions:
            sql, columns = self.query(cte.this, outer, known)
            names = [column.name for column in cte.args["alias"].args.get("columns") or []]
            heads = f"({', '.join(map(name, names))})" if names else ""
            if names:
                columns = dict(zip(names, columns.values(), strict=True))
            known[cte.alias] = columns
            parts.append(f"{name(cte.alias)}{heads} AS ({sql})")
        return f"WITH {', '.join(parts)} ", known

    # -- set operations --------------------------------------------------------------------------------------------------------

    def _set_operation(self, node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Columns]) -> Answer:
        left, right = (self.query(side, outer, ctes) for side in (node.this, node.expression))
        if node.args.get("by_name"):
            raise Untranslatable("UNION BY NAME has no translation")
        if len(left[1]) != len(right[1]):
            raise Untranslatable("the sides of a set operation have different numbers of columns")
        kinds = [
            common([ours.type, theirs.type]) for ours, theirs in zip(left[1].values(), right[1].values(), strict=True)
        ]
        loose = [one.is_loose or two.is_loose for one, two in zip(left[1].values(), right[1].values(), strict=True)]
        columns = {
            key: Value("", kind, is_loose=is_loose) for key, kind, is_loose in zip(left[1], kinds, loose, strict=True)
        }
        sides = [self._converted(sql, own, columns) for sql, own in (left, right)]
        word = node.key.upper()
        sql = f"{sides[0]} {word}{'' if node.args.get('distinct') else ' ALL'} {sides[1]}"
        return sql + self._tail(node, columns, outer, ctes), columns

    def _converted(self, sql: str, own: Columns, columns: Columns) -> str:
        """Return a side of a set operation with the types of its result."""
        alias = f"q{next(self._numbers)}"
        selected = []
        for (key, value), (target, wanted) in zip(own.items(), columns.items(), strict=True):
            column = Value(name(alias, key), value.type)
            text = f"cast({column.sql} as {wanted.type.spark})" if value.type == NULL else cast(column, wanted.type).sql
            selected.append(f"{text} AS {name(target)}")
        return f"SELECT {', '.join(selected)} FROM ({sql}) AS {name(alias)}"

    def _tail(self, node: exp.Expr, columns: Columns, outer: Scope | None, ctes: Mapping[str, Columns]) -> str:
        """Return ORDER BY and LIMIT of a query whose only names are its columns."""
        scope = Scope(outer, variables={key: Value(name(key), value.type) for key, value in columns.items()})
        of = self._expressions(scope, ctes)
        keys = []
        for key in query_keys(node):
            place = int(key.this.name) - 1 if isinstance(key.this, exp.Literal) and key.this.is_int else None
            names = list(columns)
            if isinstance(key.this, exp.Var):
                keys += [ordered(key, Value(name(each), columns[each].type)) for each in names]
            else:
                keys.append(ordered(key, of.value(key.this) if place is None else Value(name(names[place]), NULL)))
        return (f" ORDER BY {', '.join(keys)}" if keys else "") + self.limit(node, of)

    def limit(self, node: exp.Expr, of: Expressions) -> str:
        """Return the LIMIT and the OFFSET of a query."""
        out = ""
        for key, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
            if (clause := node.args.get(key)) is not None:
                value = of.value(clause.expression)
                if value.type.name != "null":
                    out += f" {word} {value.sql}"
        return out

    def _expressions(self, scope: Scope, ctes: Mapping[str, Columns]) -> Expressions:
        return Expressions(scope, lambda node, inner: self.query(node, inner, ctes), self._numbers)

    # -- SELECT ----------------------------------------------------------------------------------------------------------------

    def _select(self, node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Columns]) -> Answer:
        unknown = [key for key, argument in node.args.items() if argument and key not in _CLAUSES]
        if unknown:
            raise Untranslatable(f"a SELECT with {unknown[0]} has no translation")
        node = _with_windows(node)
        scope = Scope(outer)
        of = self._expressions(scope, ctes)
        source = FromClause(self._tables, ctes, self.query, of, self._numbers)
        if node.args.get("from_") is not None:
            source.add(node.args["from_"].this)
        for join in node.args.get("joins") or []:
            source.join(join)
        scope.aliases = {part.alias: part.this for part in node.expressions if isinstance(part, exp.Alias)}
        projected = self._unnested(list(node.expressions), source, of)
        where = f" WHERE {self._condition(node.args['where'].this, of)}" if node.args.get("where") is not None else ""
        group = self._group(node, projected, of)
        columns = self._projections(projected, of)
        having = f" HAVING {of.value(node.args['having'].this).sql}" if node.args.get("having") is not None else ""
        self.read |= source.read
        names = [column.name for column in columns]
        if len({each.lower() for each in names}) != len(names):
            raise Untranslatable("two columns of a query have the same name")
        body = (f" FROM {source.sql}" if source.sql else "") + where + group + having
        sql = _Selected(node, columns, of, self).sql(body)
        return sql, {column.name: column.value for column in columns}

    def _condition(self, node: exp.Expr, of: Expressions) -> str:
        """Return the condition of WHERE. Sail cannot filter a file by a lambda, and does not try with a random part."""
        parts = [of.value(part).sql for part in node.flatten()] if isinstance(node, exp.And) else [of.value(node).sql]
        guarded = (f"({part} OR rand() < 0)" if self._is_sail and " -> " in part else part for part in parts)
        return " AND ".join(guarded)

    def _unnested(self, nodes: list[exp.Expr], source: FromClause, of: Expressions) -> list[exp.Expr]:
        """Return projections in which columns of a further relation replace the elements of lists."""
        found = [part for node in nodes for part in _unnests(node) if not _is_struct(part, of)]
        if not found:
            return nodes
        if any(is_aggregated(node) for node in nodes):
            raise Untranslatable("a list is unnested after a GROUP BY")
        label, variables = f"u{next(self._numbers)}", [of.variable("unnest") for _ in found]
        if len(found) == 1:
            columns = [source.explode(_unnested_list(found[0]), label, "item")]
        else:  # the lists of one SELECT are side by side, and the shorter ones end with NULLs
            lists = [_unnested_list(part) for part in found]
            place = source.explode(exp.Anonymous(this="places of lists", expressions=lists), label, "item")
            columns = [
                of.value(
                    exp.Bracket(this=items.copy(), expressions=[exp.Anonymous(this="place", expressions=[place.sql])])
                )
                for items in lists
            ]
        of.scope.sources.pop()
        of.scope.variables.update(zip(variables, columns, strict=True))
        return [_with_variables(node, found, variables) for node in nodes]

    def _group(self, node: exp.Expr, projected: list[exp.Expr], of: Expressions) -> str:
        group = node.args.get("group")
        if group is None:
            return ""
        if any(group.args.get(key) for key in ("grouping_sets", "cube", "rollup")):
            raise Untranslatable("GROUP BY has grouping sets")
        if group.args.get("all"):
            items = [part.unalias() for part in projected if not is_aggregated(part)]
        else:
            items = [self._grouped(item, projected, of) for item in group.expressions]
        values = {item.sql("duckdb"): of.value(item) for item in items if not isinstance(item, exp.Literal | exp.Null)}
        texts = {key: Value(exact_text(value), value.type) for key, value in values.items() if not value.parts}
        for value in (value for value in values.values() if value.parts):
            texts |= {part.sql: part for part in value.parts.values()}
        of.known |= texts
        return f" GROUP BY {', '.join(dict.fromkeys(value.sql for value in texts.values()))}" if texts else ""

    def _grouped(self, item: exp.Expr, projected: list[exp.Expr], of: Expressions) -> exp.Expr:
        """Return the expression that an item of GROUP BY stands for: the place or the alias of a projection, or itself."""
        if isinstance(item, exp.Literal) and item.is_int:
            return projected[int(item.name) - 1].unalias()
        if isinstance(item, exp.Column) and not item.table and of.scope.column([item.name]) is None:
            return next((part.this for part in projected if part.alias == item.name), item)
        return item

    def _projections(self, nodes: list[exp.Expr], of: Expressions) -> list[Projection]:
        columns: list[Projection] = []
        for node in nodes:
            columns += self._projection(node, of)
        return [
            column
            if not column.value.root
            else column._replace(value=Value(exact_text(column.value), column.value.type))
            for column in columns
        ]

    def _projection(self, node: exp.Expr, of: Expressions) -> list[Projection]:
        inner = node.unalias()
        if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            star = inner if isinstance(inner, exp.Star) else inner.this
            columns = of.scope.star(inner.table if isinstance(inner, exp.Column) else "")
            excluded = {part.name.lower() for part in star.args.get("except_") or []}
            replaced = {part.alias.lower(): part.this for part in star.args.get("replace") or []}
            return [
                Projection(key, of.value(replaced[key.lower()]) if key.lower() in replaced else value)
                for key, value in columns.items()
                if key.lower() not in excluded
            ]
        if isinstance(inner, exp.Explode | exp.Unnest):
            value = of.value(inner.this if isinstance(inner, exp.Explode) else inner.expressions[0])
            if value.parts:
                return [Projection(key, part) for key, part in value.parts.items()]
            members = [(key, Value(f"{value.sql}.{name(key)}", kind)) for key, kind in value.type.members]
            return [Projection(key, part) for key, part in members]
        label = node.alias or (inner.name if isinstance(inner, exp.Column | exp.Dot) else inner.sql("duckdb"))
        return [Projection(label, of.value(inner), inner)]


def _unnests(node: exp.Expr) -> list[exp.Expr]:
    parts = node.walk(prune=lambda inner: isinstance(inner, exp.Query))
    return [part for part in parts if isinstance(part, exp.Explode | exp.Unnest)]


def _unnested_list(node: exp.Expr) -> exp.Expr:
    items: exp.Expr = node.this if isinstance(node, exp.Explode) else node.expressions[0]
    return items


def _is_struct(node: exp.Expr, of: Expressions) -> bool:
    return of.value(_unnested_list(node)).type.name == "struct"


def _with_variables(node: exp.Expr, found: list[exp.Expr], variables: list[str]) -> exp.Expr:
    """Return a projection in which variables replace the elements of lists."""
    places = {id(part): variable for part, variable in zip(found, variables, strict=True)}
    own = [places[id(part)] for part in _unnests(node) if id(part) in places]
    copy = node.copy()
    for part, variable in zip(_unnests(copy) if own else [], own, strict=True):
        replacement: exp.Expr = exp.column(variable)
        if isinstance(part, exp.Explode) and part.expressions:  # max_depth := 2
            replacement = exp.Explode(this=replacement)
        if part is copy:
            return replacement if isinstance(replacement, exp.Explode) else exp.alias_(replacement, "unnest")
        part.replace(replacement)
    return copy


_CLAUSES = frozenset(
    "with_ expressions from_ joins where group having qualify windows distinct order limit offset kind hint".split()
)


def _with_windows(node: exp.Expr) -> exp.Expr:
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


class _Selected:
    """The clauses of a SELECT after its FROM, WHERE, GROUP BY and HAVING."""

    def __init__(self, node: exp.Expr, columns: list[Projection], of: Expressions, queries: Queries) -> None:
        self._node, self._columns, self._of, self._queries = node, columns, of, queries

    def sql(self, body: str) -> str:
        """Return the SQL of the SELECT.

        A condition on window functions, and keys of ORDER BY that are no columns of the result, need a query around it: Sail
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
        tail = (f" ORDER BY {', '.join(keys)}" if keys else "") + self._queries.limit(self._node, self._of)
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


__all__ = ["Queries", "order"]
