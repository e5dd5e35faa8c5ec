"""What of PostgreSQL is known to mean the same in DuckDB; anything else is refused by name rather than run as something else."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from sqlglot import exp

from iamsql.dialect.grammar import OPERATORS
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

# functions that DuckDB has under the same name with the same meaning, and the kind that they return
PLAIN: dict[str, str] = {
    **dict.fromkeys(
        "lower upper reverse repeat replace md5 ltrim rtrim btrim translate concat_ws string_agg".split(), "text"
    ),
    **dict.fromkeys(
        "count row_number rank dense_rank ntile length char_length character_length grouping".split(), "int"
    ),
    **dict.fromkeys("octet_length bit_length ascii unicode".split(), "int"),
    **dict.fromkeys("bool_and bool_or every starts_with exists all any".split(), "boolean"),
    **dict.fromkeys(
        "coalesce nullif min max greatest least abs lag lead first_value last_value nth_value any_value mod".split(),
        "arg",
    ),
    **dict.fromkeys("ceil ceiling floor".split(), "arg"),
    **dict.fromkeys("round trunc sign".split(), "arg"),
    **dict.fromkeys(
        "sqrt cbrt exp ln power pow pi degrees radians sin cos tan asin acos atan atan2 random".split(), "float"
    ),
    **dict.fromkeys(
        "stddev stddev_samp stddev_pop variance var_samp var_pop corr percent_rank cume_dist".split(), "float"
    ),
    **dict.fromkeys("percentile_cont percentile_disc mode".split(), "unknown"),
    **dict.fromkeys("now clock_timestamp statement_timestamp transaction_timestamp as_of".split(), "timestamptz"),
    "sum": "sum",
    "avg": "number",
    "array_agg": "arg[]",
    "array": "arg[]",
    "row": "row",
    "gen_random_uuid": "uuid",
    "chr": "text",
    "date": "date",
    "current_database": "text",
    "current_schema": "text",
    "version": "text",
}
STATEMENTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)


FOREIGN = {kind: symbol for symbol, kind in OPERATORS.items() if symbol not in ("||", "&", "|", "~~", "~~*", "^@")} | {
    exp.SimilarTo: "SIMILAR TO",
    exp.Overlaps: "OVERLAPS",
}


def refuse_operator(node: exp.Expr, kinds: Kinds) -> IamsqlError:
    """Say that an operator is not known between what it stands."""
    sides = f"{kinds.of(node.this)} and {kinds.of(node.args.get('expression'))}"
    return IamsqlError(f"The PostgreSQL operator {FOREIGN[type(node)]} is not supported between {sides}.")


def refuse_function(name: str, known: Collection[str]) -> IamsqlError:
    """Say that a function is not known, with the nearest one that is."""
    close = get_close_matches(name, known, 1, 0.75)
    hint = f" Did you mean {close[0]}?" if close else " Write it in DuckDB's SQL and run it without --dialect postgres."
    return IamsqlError(f"The PostgreSQL function {name}() is not supported.{hint}")


def refuse_table(node: exp.Expr) -> IamsqlError:
    """Say that an entry of FROM is of a kind that is not known."""
    return IamsqlError(f"FROM {node.sql(dialect='postgres')[:80]}: this form of FROM is not supported.")


def check_query(node: exp.Expr) -> None:
    """Refuse what a query may hold and DuckDB would read otherwise, or not at all."""
    for one in node.walk():
        if isinstance(one, exp.Into):
            raise IamsqlError("SELECT INTO makes a table, and a run file is only read: leave INTO out.")
        if isinstance(one, exp.Insert | exp.Update | exp.Delete | exp.Create | exp.Drop | exp.Command):
            raise IamsqlError("Only queries can be run: SELECT, VALUES, WITH, TABLE, EXPLAIN and COPY (query) TO.")
        if isinstance(one, exp.Select) and one.args.get("locks"):
            one.set("locks", None)
        if isinstance(one, exp.Table) and one.args.get("rows_from"):
            raise refuse_table(one)
