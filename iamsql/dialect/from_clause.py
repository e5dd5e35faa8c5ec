"""Resolve FROM: tables, joins, and functions, which become subqueries with PostgreSQL's column names."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.dialect.build import identifier
from iamsql.dialect.data_types import postgres_type_of_column
from iamsql.dialect.names import Columns, Scope, Source, rename_columns
from iamsql.dialect.typing import Types
from iamsql.model import IamsqlError

AGGREGATOR_SCHEMAS = {"aws", "aws_all"}  # the schemas where Steampipe aggregates all accounts
Ctes = Mapping[str, Columns | None]


class SetReturning(exp.Expression, exp.Condition):
    """A column of a set-returning call in FROM: its rows, or with `ordinality` their numbers.

    The pipeline rewrites each column separately. DuckDB unnests the columns of a SELECT in parallel, so their rows match.
    """

    arg_types = {"this": True, "ordinality": False}  # noqa: RUF012 sqlglot declares arguments in this way


class FromResolver:
    """Resolves the entries of FROM; the resolver of queries and expressions derives from this class."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]], types: Types) -> None:
        self._tables = tables
        self._types = types

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Columns | None:
        """Resolve a query and return its columns; None where they are not known."""
        raise NotImplementedError

    def expression(self, root: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Resolve the names in an expression and infer the type of each node in it."""
        raise NotImplementedError

    def join(self, join: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Resolve a join and its condition."""
        self.source(join.this, scope, ctes, joined=True)
        scope.merged.update(column.name for column in join.args.get("using") or [])
        scope.natural = scope.natural or join.args.get("method") == "NATURAL"
        if on := join.args.get("on"):
            self.expression(on, scope, ctes)

    def source(self, node: exp.Expr, scope: Scope, ctes: Ctes, joined: bool = False) -> None:
        """Resolve an entry of FROM and add it to the scope."""
        call = _called_function(node)
        if call is not None:
            for arg in call.expressions:
                self.expression(arg, scope, ctes)
            scope.sources.append(_to_subquery(node, call, self._types, joined))
            return
        inner = node.this if isinstance(node, exp.Lateral) else node
        if isinstance(inner, exp.Subquery) and isinstance(inner.this, exp.Table):
            self.source(inner.this, scope, ctes)  # a join in parentheses: its tables have the scope of the query
        elif isinstance(inner, exp.Subquery | exp.Values):
            alias = node.args.get("alias") or inner.args.get("alias")
            columns = self.query(inner.this if isinstance(inner, exp.Subquery) else inner, scope, ctes)
            scope.sources.append(Source(node.alias or inner.alias, rename_columns(columns, _column_aliases(alias))))
        elif isinstance(inner, exp.Table) and not inner.args.get("rows_from"):
            self._resolve_table(inner, scope, ctes)
        else:
            raise IamsqlError(f"FROM {inner.sql(dialect='postgres')[:80]}: this form of FROM is not supported.")
        for join in inner.args.get("joins") or []:
            self.join(join, scope, ctes)

    def _resolve_table(self, node: exp.Table, scope: Scope, ctes: Ctes) -> None:
        name, schema = node.name, node.db
        if schema in AGGREGATOR_SCHEMAS and name in self._tables:
            node.set("db", None)
            schema = ""
        node.set("only", None)  # ONLY excludes child tables, and DuckDB has no table inheritance
        table, columns = "", None
        # A CTE hides a table of the same name, but not the table with its schema.
        if not schema and name in ctes:
            columns = ctes[name]
        elif schema in ("", "main") and name in self._tables:
            columns = {
                column: postgres_type_of_column(name, column, stored) for column, stored in self._tables[name].items()
            }
            table = "" if name in ctes else name  # its filter columns are marked (core/steampipe.py)
        columns = rename_columns(columns, _column_aliases(node.args.get("alias")))
        scope.sources.append(Source(node.alias or name, columns, table=table))

    def values(self, node: exp.Values, outer: Scope | None, ctes: Ctes) -> Columns:
        """Resolve VALUES and return its columns."""
        rows = [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        for cell in (cell for row in rows for cell in row):
            self.expression(cell, Scope(outer), ctes)
        width = len(rows[0]) if rows else 0
        alias = node.args.get("alias")
        aliases = _column_aliases(alias)
        names = [*aliases, *(f"column{position + 1}" for position in range(width))][:width]
        if alias is not None and len(aliases) < width:
            alias.set("columns", [identifier(name) for name in names])
        return {name: self._types.common([row[position] for row in rows]) for position, name in enumerate(names)}


def _column_aliases(alias: exp.Expr | None) -> list[str]:
    return [column.name for column in alias.args.get("columns") or []] if alias is not None else []


def _called_function(node: exp.Expr) -> exp.Anonymous | None:
    """Return the function that an entry of FROM calls; None for a table or subquery."""
    is_call = isinstance(node, exp.Table | exp.Lateral) and isinstance(node.this, exp.Anonymous)
    return node.this if is_call else None


def _to_subquery(node: exp.Expr, call: exp.Anonymous, types: Types, joined: bool) -> Source:
    """Replace an entry of FROM with a subquery over SetReturning nodes; the arguments of the call have their types."""
    alias = node.args.get("alias") or (node.this.args.get("alias") if isinstance(node, exp.Lateral) else None)
    column_aliases = list(alias.args.get("columns") or []) if alias is not None else []
    # Without an alias, PostgreSQL uses the name of the function as the name of the table.
    name = (alias.name if alias is not None else "") or str(call.this)
    types.infer(call)
    if any(isinstance(column, exp.ColumnDef) for column in column_aliases):
        raise IamsqlError(
            f"{call.this}(…) AS {name}(column type, …) is not supported: use jsonb_array_elements, and ->> for each column."
        )
    parts = _columns_of_function(call, name, types)
    if node.args.get("ordinality"):
        parts.append(("ordinality", "int", SetReturning(this=call.copy(), ordinality=True)))
    names = [*(column.name for column in column_aliases), *(default for default, _, _ in parts[len(column_aliases) :])]
    projections, columns = [], {}
    for column, (_, pg_type, rows) in zip(names, parts, strict=False):
        rows.meta["type"] = columns[column] = pg_type
        projections.append(exp.alias_(rows, column, quoted=True, copy=False))
    _replace_in_from(node, exp.Select(expressions=projections), name, joined)
    return Source(name, columns, names[0] if len(names) == 1 else "")


def _columns_of_function(call: exp.Anonymous, name: str, types: Types) -> list[tuple[str, str, SetReturning]]:
    """Return the default name, the type and the rows of each column of a function."""
    function, arguments = str(call.this), call.expressions
    prefix, _, suffix = function.partition("_")
    if suffix in ("each", "each_text"):
        keys, values = _rows_of_call(f"{prefix}_object_keys", arguments), _rows_of_call(f"{function} value", arguments)
        return [("key", "text", keys), ("value", "text" if suffix == "each_text" else "json", values)]
    if function == "unnest":
        # unnest(a, b) returns the elements of its arrays side by side, as DuckDB does for two unnests in a SELECT.
        default = name if len(arguments) == 1 else function
        return [(default, types.of(array).removesuffix("[]"), _rows_of_call(function, [array])) for array in arguments]
    return [
        ("value" if suffix.startswith("array_elements") else name, types.of(call), _rows_of_call(function, arguments))
    ]


def _rows_of_call(function: str, arguments: list[exp.Expr]) -> SetReturning:
    return SetReturning(this=exp.Anonymous(this=function, expressions=[argument.copy() for argument in arguments]))


def _replace_in_from(node: exp.Expr, select: exp.Select, name: str, joined: bool) -> None:
    alias = exp.TableAlias(this=identifier(name))
    # A function in FROM may refer to the entries before it without the keyword LATERAL, a subquery may not.
    new = exp.Lateral(this=exp.Subquery(this=select), alias=alias) if joined else exp.Subquery(this=select, alias=alias)
    new.set("joins", node.args.get("joins"))
    node.replace(new)
