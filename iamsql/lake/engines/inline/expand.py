"""Inline macros: a call of a scalar macro becomes its expression, a call of a table macro becomes a CTE or a subquery.

A table macro whose arguments do not depend on the query becomes a CTE of the statement, which equal calls share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from iamsql.lake.engines.inline import names
from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.grammar import parse_query, to_duckdb_text
from iamsql.lake.engines.inline.macro import Macro, parse_macro
from iamsql.lake.engines.inline.substitute import Argument, add_parentheses, substitute
from iamsql.lake.engines.inline.values import bind_values

# Of the tree of a query. The largest shipped query, principal_report, has 183,000 and is refused; the next, admins, has 113,000.
MAX_NODES = 125_000


@dataclass(frozen=True)
class Definitions:
    """What a query may use: the CREATE MACRO statements by the name of the macro, and the SELECT of views by name.

    A view outside the schema main has its schema in its name.
    """

    macros: Mapping[str, str]
    relations: Mapping[str, str] = field(default_factory=dict)


def inline(
    sql: str, definitions: Definitions, values: Mapping[str, Any] | None = None, max_nodes: int = MAX_NODES
) -> exp.Expr:
    """Return the tree of a query without macros, views of `definitions` and parameters.

    Raise InlineError with the reason `too large` if the tree would have more than `max_nodes` nodes.
    """
    expansion = _Expansion(definitions, max_nodes)
    try:
        tree = parse_query(sql)
        bind_values(tree, values or {})
        expansion.reserve_names(tree)
        return expansion.require_node_limit(expansion.add_shared_ctes(expansion.expand(tree)))
    except RecursionError as error:
        raise InlineError("nested too deeply") from error


class _Expansion:
    """The expansion of one query: the CTEs that its parts share, and the names in use."""

    def __init__(self, definitions: Definitions, max_nodes: int) -> None:
        self._definitions, self._max_nodes = definitions, max_nodes
        self._names: set[str] = {name.rpartition(".")[2] for name in definitions.relations}
        self._cte_names: set[str] = set()  # the CTEs of the query and of bodies
        self._shared_ctes: dict[str, exp.CTE] = {}  # by the SQL of the call, or the name of the view
        self._bodies: dict[str, exp.Expr] = {}  # of scalar macros, without macros
        self._open: list[str] = []  # the macros and views that are being expanded
        self._parameter_scopes: list[Collection[str]] = [()]  # the parameters that their bodies still have

    def reserve_names(self, tree: exp.Expr) -> None:
        """Reserve the names of the query's own tables and CTEs. A CTE with the name of a view is renamed."""
        names.rename_ctes(tree, {*self._names}, self._unused_name)
        self._cte_names |= names.cte_names(tree)
        self._names |= self._cte_names | {table.name.lower() for table in tree.find_all(exp.Table)}

    def add_shared_ctes(self, tree: exp.Expr) -> exp.Expr:
        """Put the shared CTEs before the query's own."""
        if not self._shared_ctes:
            return tree
        if isinstance(tree, exp.Values):
            raise InlineError("VALUES with a subquery")
        with_clause = tree.args.get("with_")
        ctes = [*self._shared_ctes.values(), *(with_clause.expressions if with_clause else ())]
        tree.set("with_", exp.With(expressions=ctes, recursive=bool(with_clause and with_clause.args.get("recursive"))))
        return tree

    def expand(self, tree: exp.Expr) -> exp.Expr:
        """Return a tree without macros and views. The tree is changed."""
        # The inner calls first: an argument is inlined once, and then copied.
        for node in reversed(list(_candidates(tree))):
            if isinstance(node, exp.Table | exp.Lateral):
                self._replace_table(node)
            elif (new := self._expand_scalar_call(node)) is not None:
                if node is tree:
                    return new
                node.replace(add_parentheses(new, node))
        return tree

    def require_node_limit(self, tree: exp.Expr) -> exp.Expr:
        """Return a tree, or a part of it, if it has no more nodes than allowed; otherwise raise InlineError."""
        if sum(1 for _ in tree.walk()) > self._max_nodes:
            raise InlineError("too large")
        return tree

    # -- scalar macros -----------------------------------------------------------------------------------------------------

    def _expand_scalar_call(self, node: exp.Expr) -> exp.Expr | None:
        """Return the expression of a call of a scalar macro; None for a function of the engine."""
        macro = self._macro_named(str(node.name))
        if macro is None or macro.is_table:
            return None
        arguments = self._arguments_of(macro, node.expressions)
        self._require_visible(macro)
        if macro.name not in self._bodies:
            self._bodies[macro.name] = self._expand_nested(
                macro.name, lambda: self.expand(macro.body.copy()), macro.parameters.keys()
            )
        body = self._rename_ctes(self._bodies[macro.name].copy())
        return self.require_node_limit(substitute(body, arguments))

    # -- tables ------------------------------------------------------------------------------------------------------------

    def _replace_table(self, node: exp.Table | exp.Lateral) -> None:
        """Replace a view or a call of a table macro in FROM with a CTE or a subquery."""
        if isinstance(node.this, exp.Anonymous):
            macro = self._macro_named(str(node.this.name))
            if macro is not None and macro.is_table:
                self._replace_call(node, macro)
        elif isinstance(node, exp.Table) and (name := self._view_name(node)):
            _read_from_cte(node, self._shared_cte_name(name, node.name.lower(), lambda: self._view_query(name)))

    def _replace_call(self, node: exp.Table | exp.Lateral, macro: Macro) -> None:
        arguments = self._arguments_of(macro, node.this.expressions)

        def body() -> exp.Expr:
            return substitute(self._rename_ctes(macro.body.copy()), arguments)

        values = [argument.value for argument in arguments.values()]
        if not any(names.free_columns(value) or names.read_tables(value) & self._cte_names for value in values):
            key = ", ".join([f"{macro.name}()", *map(to_duckdb_text, values)])
            _read_from_cte(node, self._shared_cte_name(key, f"{macro.name}_1", body))
            return
        self._require_visible(macro)
        tree = self._expand_nested(macro.name, lambda: self.expand(body()))
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(macro.name))
        if isinstance(node, exp.Lateral):
            node.set("this", exp.Subquery(this=tree))
            node.set("alias", alias)
        else:
            node.replace(exp.Subquery(this=tree, alias=alias, joins=node.args.get("joins")))

    def _shared_cte_name(self, key: str, name: str, build: Callable[[], exp.Expr]) -> str:
        """Return the name of the CTE of a call or view, which `build` makes where it is new."""
        if key not in self._shared_ctes:
            tree = self._expand_nested(key, lambda: self.expand(build()))
            name = name if key == name else self._unused_name(name)
            # Inserted after the CTEs that it reads.
            self._shared_ctes[key] = exp.CTE(this=tree, alias=exp.TableAlias(this=exp.to_identifier(name)))
        return str(self._shared_ctes[key].alias)

    def _view_query(self, name: str) -> exp.Expr:
        """Return the query of a view."""
        return self._rename_ctes(parse_query(self._definitions.relations[name]))

    def _view_name(self, table: exp.Table) -> str:
        """Return the name of the view that a table of a FROM clause is; '' for a stored table or a CTE."""
        schema = str(table.db).lower()
        name = str(table.name).lower() if schema in ("", "main") else f"{schema}.{table.name}".lower()
        return name if name in self._definitions.relations else ""

    # -- names -------------------------------------------------------------------------------------------------------------

    def _macro_named(self, name: str) -> Macro | None:
        statement = self._definitions.macros.get(name.lower())
        return parse_macro(statement) if statement else None

    def _arguments_of(self, macro: Macro, call_arguments: Sequence[exp.Expr]) -> dict[str, Argument]:
        """Map the parameters of a macro to the arguments of a call. Raise InlineError if a CTE of the macro hides a table."""
        arguments = macro.arguments(call_arguments)
        for argument in arguments.values():
            if hidden_tables := names.read_tables(argument) & macro.ctes:
                raise InlineError(f"an argument reads {min(hidden_tables)}, which {macro.name} defines")
        return {name: Argument(argument, self._parameter_scopes[-1]) for name, argument in arguments.items()}

    def _expand_nested(self, name: str, expand: Callable[[], exp.Expr], parameters: Collection[str] = ()) -> exp.Expr:
        """Expand the body of a macro or view; raise InlineError if it uses itself. The body still has `parameters`."""
        if name in self._open:
            raise InlineError(f"{name} uses itself")
        self._open.append(name)
        self._parameter_scopes.append(parameters)
        expanded = expand()
        self._open.pop()
        self._parameter_scopes.pop()
        return expanded

    def _require_visible(self, macro: Macro) -> None:
        """Raise InlineError if a CTE may hide a table that a macro reads."""
        if hidden_tables := macro.tables & self._cte_names:
            raise InlineError(f"the CTE {min(hidden_tables)} has the name of a table that {macro.name} reads")

    def _rename_ctes(self, body: exp.Expr) -> exp.Expr:
        """Rename the CTEs of a body whose names are in use, and reserve all of them."""
        names.rename_ctes(body, self._names, self._unused_name)
        self._cte_names |= (cte_names := names.cte_names(body))
        self._names |= cte_names
        return body

    def _unused_name(self, name: str) -> str:
        """Return a name that is not in use and begins with `name`."""
        stem = re.sub(r"_\d+$", "", name.lower())
        number = 1
        while f"{stem}_{number}" in self._names:
            number += 1
        self._names.add(f"{stem}_{number}")
        return f"{stem}_{number}"


def _candidates(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what can be a call of a macro or a view, outer nodes first."""
    in_from = exp.Table | exp.Lateral
    for node in tree.walk():
        if isinstance(node, in_from) or (isinstance(node, exp.Anonymous) and not isinstance(node.parent, in_from)):
            yield node


def _read_from_cte(node: exp.Table | exp.Lateral, cte: str) -> None:
    """Let a table of a FROM clause read a CTE, under the name that it had."""
    alias = node.args.get("alias") or exp.TableAlias()
    if not alias.name:
        alias.set("this", exp.to_identifier(node.this.name))
    table = exp.Table(this=exp.to_identifier(cte), alias=alias, joins=node.args.get("joins"))
    node.replace(table)
