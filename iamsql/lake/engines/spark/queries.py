"""Translate queries: SELECT, set operations and CTEs, with the stars and aliases that only DuckDB knows written out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.expressions import Expressions
from iamsql.lake.engines.spark.projections import group_by, projections, unnested
from iamsql.lake.engines.spark.relations import FromClause
from iamsql.lake.engines.spark.rules.aggregates import ordered
from iamsql.lake.engines.spark.scope import Columns, Scope
from iamsql.lake.engines.spark.selected import Selected, limit, query_keys, with_windows
from iamsql.lake.engines.spark.types import NULL, common
from iamsql.lake.engines.spark.values import Value, cast, name

Answer = tuple[str, dict[str, Value]]


_CLAUSES = frozenset(
    "with_ expressions from_ joins where group having qualify windows distinct order limit offset kind hint".split()
)


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
            raise Untranslatable(f"{node.key} is not a query")
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
        return (f" ORDER BY {', '.join(keys)}" if keys else "") + limit(node, of)

    def _expressions(self, scope: Scope, ctes: Mapping[str, Columns]) -> Expressions:
        return Expressions(scope, lambda node, inner: self.query(node, inner, ctes), self._numbers)

    # -- SELECT ----------------------------------------------------------------------------------------------------------------

    def _select(self, node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Columns]) -> Answer:
        unknown = [key for key, argument in node.args.items() if argument and key not in _CLAUSES]
        if unknown:
            raise Untranslatable(f"a SELECT with {unknown[0]} has no translation")
        node = with_windows(node)
        scope = Scope(outer)
        of = self._expressions(scope, ctes)
        source = FromClause(self._tables, ctes, self.query, of, self._numbers)
        if node.args.get("from_") is not None:
            source.add(node.args["from_"].this)
        for join in node.args.get("joins") or []:
            source.join(join)
        scope.aliases = {part.alias: part.this for part in node.expressions if isinstance(part, exp.Alias)}
        projected = unnested(list(node.expressions), source, of, f"u{next(self._numbers)}")
        where = f" WHERE {self._condition(node.args['where'].this, of)}" if node.args.get("where") is not None else ""
        group = group_by(node, projected, of)
        columns = projections(projected, of)
        having = f" HAVING {of.value(node.args['having'].this).sql}" if node.args.get("having") is not None else ""
        self.read |= source.read
        names = [column.name for column in columns]
        if len({each.lower() for each in names}) != len(names):
            raise Untranslatable("two columns of a query have the same name")
        body = (f" FROM {source.sql}" if source.sql else "") + where + group + having
        sql = Selected(node, columns, of).sql(body)
        return sql, {column.name: column.value for column in columns}

    def _condition(self, node: exp.Expr, of: Expressions) -> str:
        """Return the condition of WHERE. Sail cannot filter a file by a lambda, and does not try with a random part."""
        parts = [of.value(part).sql for part in node.flatten()] if isinstance(node, exp.And) else [of.value(node).sql]
        guarded = (f"({part} OR rand() < 0)" if self._is_sail and " -> " in part else part for part in parts)
        return " AND ".join(guarded)
