"""Translate an inlined query: infer types, apply the rules from the inside, write the text, and check what was written."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp, parse_one
from sqlglot.errors import ErrorLevel, SqlglotError, UnsupportedError

from iamsql.lake.engines.inline.names import cte_names
from iamsql.lake.engines.trino import cast_rules, json_rules, list_rules, text_rules
from iamsql.lake.engines.trino.build import Rule, call
from iamsql.lake.engines.trino.errors import TrinoError
from iamsql.lake.engines.trino.functions import undocumented
from iamsql.lake.engines.trino.types import Columns, with_types
from iamsql.lake.engines.trino.unnest import unnest_in_from

MAX_NODES = 10_000  # of a query in Trino, which refuses queries of more than a million characters

_RULES: dict[type[exp.Expr], Rule] = {
    **json_rules.RULES,
    **list_rules.RULES,
    **text_rules.RULES,
    **cast_rules.RULES,
}


def to_trino_text(tree: exp.Expr, columns: Columns, sources: Mapping[str, tuple[str, str]]) -> str:
    """Return an inlined query in Trino's SQL.

    `columns` has the columns of the stored tables by schema.table. `sources` has the name of each stored table in the query, and
    the SELECT in Trino's SQL that returns its rows. Raise TrinoError for a query without a translation.
    """
    if sum(1 for _ in tree.walk()) > MAX_NODES:
        raise TrinoError("too large")
    typed = with_types(tree, columns)
    for table in list(typed.find_all(exp.Table)):
        _rename(table, sources)
    rewritten = _rewritten(typed)
    unnest_in_from(rewritten)
    text = _text(_with_sources(rewritten, sources))
    for name in undocumented(text):
        raise TrinoError(f"Trino has no function {name}")
    return text


def _text(tree: exp.Expr) -> str:
    """Return the text of a tree, and prove that it can be read again."""
    try:
        text = str(tree.sql(dialect="trino", unsupported_level=ErrorLevel.RAISE, comments=False, pretty=True))
        parse_one(text, dialect="trino")
    except UnsupportedError as error:
        raise TrinoError(str(error).splitlines()[0].rstrip(".")) from error
    except SqlglotError as error:
        raise TrinoError("the result cannot be read") from error
    return text


def _rewritten(tree: exp.Expr) -> exp.Expr:
    """Apply the rules to each node, the inner nodes first."""
    for node in reversed(list(tree.walk())):
        rule = _RULES.get(type(node)) or (_function if isinstance(node, exp.Anonymous) else None)
        if rule is None or (new := rule(node)) is None:
            continue
        if new.type is None and node.type is not None:
            new.type = node.type
        if node is tree:
            return new
        node.replace(new)
    return tree


def _function(node: exp.Expr) -> exp.Expr | None:
    """Rewrite a function that sqlglot does not know."""
    name = str(node.name).lower()
    if name == "json_array_length":
        return json_rules.array_length(node)
    if name == "list_aggr":
        return list_rules.aggregated(node)
    if unit := cast_rules.FUNCTIONS.get(name):
        return cast_rules.times(node.expressions[0], unit)
    return call(name, *node.expressions) if name != str(node.name) else None


def tables_read(tree: exp.Expr) -> set[str]:
    """Return the stored tables that an inlined query reads; those outside the schema main with their schema."""
    read = (table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier))
    ctes = cte_names(tree)
    return {_stored_name(table) for table in read if table.args.get("db") or table.name.lower() not in ctes}


def _stored_name(table: exp.Table) -> str:
    schema = str(table.db).lower()
    return str(table.name).lower() if schema in ("", "main") else f"{schema}.{table.name}".lower()


def _rename(table: exp.Table, sources: Mapping[str, tuple[str, str]]) -> None:
    """Give a stored table, which qualify() gave its schema, the name of its source."""
    if table.args.get("db"):
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(sources[_stored_name(table)][0]))
        table.set("db", None)


def _with_sources(tree: exp.Expr, sources: Mapping[str, tuple[str, str]]) -> exp.Expr:
    """Put the sources before the CTEs of the query."""
    own = tree.args.get("with_")
    ctes = [
        exp.CTE(this=parse_one(sql, dialect="trino"), alias=exp.TableAlias(this=exp.to_identifier(name)))
        for name, sql in sources.values()
    ]
    if ctes:
        tree.set("with_", exp.With(expressions=[*ctes, *(own.expressions if own else ())]))
    return tree
