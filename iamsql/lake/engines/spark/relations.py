"""The FROM clause: tables, subqueries, joins and the elements of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.expressions import Expressions
from iamsql.lake.engines.spark.rules.lists import element_of
from iamsql.lake.engines.spark.scope import Columns, Scope, Source, source_of
from iamsql.lake.engines.spark.values import Value, call, name

Query = Callable[[exp.Expr, Scope | None, Mapping[str, Columns]], tuple[str, dict[str, Value]]]


def view_name(table: str) -> str:
    """Return the name of the temporary view of a table, which cannot have a schema."""
    return table.replace(".", "__")


class FromClause:
    """Builds the FROM of a SELECT, and the scope of its expressions."""

    def __init__(
        self,
        tables: Mapping[str, Columns],
        ctes: Mapping[str, Columns],
        query: Query,
        of: Expressions,
        numbers: count[int],
    ) -> None:
        self._tables, self._ctes, self._query, self._of, self._numbers = tables, ctes, query, of, numbers
        self.scope = of.scope
        self.sql = ""
        self.read: set[str] = set()
        self._is_simple = True  # one relation, to which a view of elements can be added

    def add(self, node: exp.Expr) -> None:
        """Add the first relation."""
        if isinstance(node, exp.Unnest | exp.Explode) or self._function(node) is not None:
            self._elements(node)
            return
        self.sql, source = self._relation(node)
        self.scope.sources.append(source)
        self._nested_joins(node)

    def _nested_joins(self, node: exp.Expr) -> None:
        for join in node.args.get("joins") or []:
            self.join(join)

    def join(self, node: exp.Expr) -> None:
        """Add a join."""
        if isinstance(node.this, exp.Unnest | exp.Explode) or self._function(node.this) is not None:
            if node.args.get("side") or (
                node.args.get("on") is not None and not isinstance(node.args["on"], exp.Boolean)
            ):
                raise Untranslatable("the elements of a list are joined with a condition")
            self._elements(node.this)
            return
        kind, method, side = (str(node.args.get(key) or "").upper() for key in ("kind", "method", "side"))
        if method or kind not in ("", "INNER", "CROSS", "OUTER", "SEMI", "ANTI"):
            raise Untranslatable(f"{method or kind} JOIN has no translation")
        if not self._is_simple and "LATERAL VIEW" in self.sql:
            self._wrap()
        sql, source = self._relation(node.this)
        self.scope.sources.append(source)
        condition = self._condition(node, source)
        words = (
            f"LEFT {kind}"
            if kind in ("SEMI", "ANTI")
            else f"{side} OUTER"
            if side
            else "INNER"
            if condition
            else "CROSS"
        )
        self.sql += f" {words} JOIN {sql}{condition}"
        if kind in ("SEMI", "ANTI"):
            self.scope.sources.remove(source)
        self._is_simple = False

    def _condition(self, node: exp.Expr, source: Source) -> str:
        if (on := node.args.get("on")) is not None:
            return f" ON {self._of.value(on).sql}"
        if not (using := node.args.get("using")):
            return ""
        if node.args.get("side") and str(node.args["side"]).upper() != "LEFT":
            raise Untranslatable("USING is used in a join that is neither inner nor left")
        pairs = []
        for column in (identifier.name for identifier in using):
            left = next((found for other in self.scope.sources[:-1] if (found := other.find(column))), None)
            right = source.find(column)
            if left is None or right is None:
                raise Untranslatable(f"USING names {column}, which a relation does not have")
            pairs.append(f"{left.sql} = {right.sql}")
            source.hidden.add(column.lower())
        return f" ON {' AND '.join(pairs)}"

    def _relation(self, node: exp.Expr) -> tuple[str, Source]:
        alias = node.args.get("alias")
        names = [column.name for column in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
        label = node.alias or ""
        if isinstance(node, exp.Table):
            table = ".".join(part.name for part in node.parts if part.name and part.name != "main")
            sql, columns = self._table(table)
            return self._named(sql, columns, label or table.rpartition(".")[2], names)
        if isinstance(node, exp.Values):
            return self._values(node, label or f"v{next(self._numbers)}", names)
        is_lateral = isinstance(node, exp.Lateral)
        if isinstance(node, exp.Subquery | exp.Lateral):
            inner = node.this.this if is_lateral and isinstance(node.this, exp.Subquery) else node.this
            outer = self.scope if is_lateral else self.scope.outer
            sql, columns = self._query(node if isinstance(node, exp.Subquery) else inner, outer, self._ctes)
            return self._named(
                f"{'LATERAL ' if is_lateral else ''}({sql})", columns, label or f"q{next(self._numbers)}", names
            )
        raise Untranslatable(f"{node.key} in FROM has no translation")

    def _table(self, table: str) -> tuple[str, Columns]:
        if table in self._ctes:
            return name(table), self._ctes[table]
        if table not in self._tables:
            raise Untranslatable(f"the table {table} is not known")
        self.read.add(table)
        return name(view_name(table)), self._tables[table]

    def _named(self, sql: str, columns: Columns, alias: str, names: list[str]) -> tuple[str, Source]:
        if names:
            columns = dict(zip([*names, *list(columns)[len(names) :]], columns.values(), strict=True))
        heads = f"({', '.join(map(name, columns))})" if names else ""
        return f"{sql} AS {name(alias)}{heads}", source_of(alias, columns)

    def _values(self, node: exp.Expr, alias: str, names: list[str]) -> tuple[str, Source]:
        rows = [[self._of.value(item) for item in row.expressions] for row in node.expressions]
        names = names or [f"col{place}" for place in range(len(rows[0]))]
        columns = {
            key: next((row[place] for row in rows if row[place].type.name != "null"), rows[0][place])
            for place, key in enumerate(names)
        }
        text = ", ".join(f"({', '.join(item.sql for item in row)})" for row in rows)
        heads = ", ".join(map(name, names))
        return f"(VALUES {text}) AS {name(alias)}({heads})", source_of(alias, columns)

    def _function(self, node: exp.Expr) -> exp.Expr | None:
        """Return the list that a function in FROM returns as rows."""
        if isinstance(node, exp.Table) and isinstance(node.this, exp.GenerateSeries | exp.Explode | exp.Unnest):
            return node.this
        return None

    def _elements(self, node: exp.Expr) -> None:
        """Add the elements of a list."""
        alias = node.args.get("alias")
        names = [column.name for column in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
        inner = self._function(node) or node
        items = (
            inner.expressions[0]
            if isinstance(inner, exp.Unnest)
            else inner.this
            if isinstance(inner, exp.Explode)
            else inner
        )
        default = "range" if isinstance(inner, exp.GenerateSeries) else "unnest"
        label = node.alias or f"u{next(self._numbers)}"
        self.explode(items, label, names[0] if names else default)

    def explode(self, items: exp.Expr, alias: str, column: str) -> Value:
        """Add the elements of a list as a column of a further relation, and return this column."""
        if self.scope.sources and not self._is_simple:
            self._wrap()
        value = self._of.value(items)
        kind = element_of(value)
        if self.scope.sources:
            self.sql += f" LATERAL VIEW {call('explode', value)} {name(alias)} AS {name(column)}"
        else:
            self.sql = f"(SELECT {call('explode', value)} AS {name(column)}) AS {name(alias)}"
        self._is_simple = False
        source = source_of(alias, {column: Value("", kind, is_loose=value.is_loose)})
        self.scope.sources.append(source)
        return source.columns[column]

    def _wrap(self) -> None:
        """Make one relation of those in FROM, because Sail adds elements of a list to one relation only."""
        alias = f"q{next(self._numbers)}"
        selected, place = [], count()
        for source in self.scope.sources:
            for key, value in source.columns.items():
                column = f"c{next(place)}"
                selected.append(f"{value.sql} AS {name(column)}")
                source.columns[key] = Value(name(alias, column), value.type, is_loose=value.is_loose)
        for variable, value in self.scope.variables.items():
            if value.sql.startswith("`"):  # an element that the SELECT unnests
                column = f"c{next(place)}"
                selected.append(f"{value.sql} AS {name(column)}")
                self.scope.variables[variable] = Value(name(alias, column), value.type, is_loose=value.is_loose)
        self.sql = f"(SELECT {', '.join(selected)} FROM {self.sql}) AS {name(alias)}"
        self._is_simple = True
