"""The functions that need no rewrite, and the errors for everything that is neither known nor rewritten.

A construct that is not known to mean the same in DuckDB is refused: another result would be worse than an error.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from sqlglot import exp

from iamsql.dialect.grammar import OPERATORS
from iamsql.dialect.typing import Types
from iamsql.model import IamsqlError


def _returning(return_type: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), return_type)


# The return types of the functions that DuckDB has under the same name with the same meaning.
SAME_IN_DUCKDB: dict[str, str] = {
    **_returning("text", "lower upper reverse repeat replace md5 translate left right chr"),
    **_returning("text", "current_database current_schema version"),
    **_returning("int", "count row_number rank dense_rank ntile grouping strpos bit_length ascii unicode"),
    **_returning("int", "gcd lcm bit_and bit_or"),
    **_returning("boolean", "bool_and bool_or starts_with exists all any isfinite"),
    **_returning(
        "arg", "coalesce nullif min max greatest least abs lag lead first_value last_value nth_value any_value"
    ),
    **_returning("arg", "mod ceil ceiling floor round trunc sign"),
    **_returning(
        "float", "sqrt cbrt exp ln log log10 power pow pi degrees radians sin cos tan asin acos atan atan2 random"
    ),
    **_returning("float", "stddev stddev_samp stddev_pop variance var_samp var_pop corr percent_rank cume_dist"),
    **_returning("unknown", "percentile_cont percentile_disc mode"),
    **_returning("timestamptz", "now statement_timestamp transaction_timestamp as_of make_timestamptz"),
    **_returning("date", "date make_date"),
    "make_timestamp": "timestamp",
    "array": "arg[]",
    "avg": "number",
    "gen_random_uuid": "uuid",
    "row": "row",
    "sum": "sum",
}
# DuckDB executes these operators itself, between the types that no rewrite handles.
_EXECUTABLE = ("||", "&", "|", "~~", "~~*", "^@")
REFUSED_OPERATORS: dict[type[exp.Expr], str] = {
    **{operator: symbol for symbol, operator in OPERATORS.items() if symbol not in _EXECUTABLE},
    exp.SimilarTo: "SIMILAR TO",
    exp.Overlaps: "OVERLAPS",
}


def unsupported_operator(node: exp.Expr, types: Types) -> IamsqlError:
    """Return the error for an operator that no rewrite accepts, with the types of its operands."""
    operands = f"{types.of(node.this)} and {types.of(node.args.get('expression'))}"
    return IamsqlError(f"The PostgreSQL operator {REFUSED_OPERATORS[type(node)]} is not supported between {operands}.")


def unsupported_function(name: str, known: Collection[str]) -> IamsqlError:
    """Return the error for an unknown function, with the nearest known name."""
    close = get_close_matches(name, sorted(known), 1, 0.75)
    hint = f" Did you mean {close[0]}?" if close else " Write it in DuckDB's SQL and run it without --dialect postgres."
    return IamsqlError(f"The PostgreSQL function {name}() is not supported.{hint}")


def unsupported_arguments(call: exp.Expr) -> IamsqlError:
    """Return the error for a call with a number of arguments that its rewrite does not accept."""
    count = len(call.expressions)
    return IamsqlError(f"{call.this}() is not supported with {count} argument{'' if count == 1 else 's'}.")


def unsupported_table(node: exp.Expr) -> IamsqlError:
    """Return the error for an entry of FROM of another kind than tables, subqueries, functions and joins."""
    return IamsqlError(f"FROM {node.sql(dialect='postgres')[:80]}: this form of FROM is not supported.")


def check_query(node: exp.Expr) -> None:
    """Raise IamsqlError for a part of a query that writes; remove FOR UPDATE, which has no effect on a run file."""
    for part in node.walk():
        if isinstance(part, exp.Into):
            raise IamsqlError("SELECT INTO creates a table, and a run file is read-only: leave INTO out.")
        if isinstance(part, exp.Insert | exp.Update | exp.Delete | exp.Create | exp.Drop | exp.Command):
            raise IamsqlError("Only queries can be run: SELECT, VALUES, WITH, TABLE, EXPLAIN and COPY (query) TO.")
        if isinstance(part, exp.Select) and part.args.get("locks"):
            part.set("locks", None)
        if isinstance(part, exp.Table) and part.args.get("rows_from"):
            raise unsupported_table(part)
