"""The registry of functions and operators, which the modules of core and library declare; the two packages are walked.

A module may declare these dictionaries:

- FUNCTIONS: the rewrite of a call and the type that it returns, by the function's name;
- SET_RETURNING: the same for a set-returning call, whose rewrite gives a list with the rows;
- OPERATORS: the rewrite of an operator, by its class in sqlglot.

A construct without a rewrite is refused, unless it is known to mean the same in DuckDB: a wrong result would be worse than an
error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from sqlglot import exp

from iamsql.dialect import core, library
from iamsql.dialect.grammar import OPERATORS
from iamsql.dialect.refusals import function_hint, operator_hint
from iamsql.dialect.typing import Function, Rewrite, Types
from iamsql.model import IamsqlError


def _functions_returning(return_type: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), return_type)


# The return types of the functions that DuckDB has under the same name with the same meaning.
SAME_IN_DUCKDB: dict[str, str] = {
    **_functions_returning("text", "lower upper reverse repeat replace md5 translate left right chr"),
    **_functions_returning("text", "current_database current_schema version"),
    **_functions_returning("int", "count row_number rank dense_rank ntile grouping strpos bit_length ascii unicode"),
    **_functions_returning("int", "gcd lcm bit_and bit_or"),
    **_functions_returning("boolean", "bool_and bool_or starts_with exists all any isfinite"),
    **_functions_returning(
        "arg", "coalesce nullif min max greatest least abs lag lead first_value last_value nth_value"
    ),
    **_functions_returning("arg", "any_value mod ceil ceiling floor round trunc sign"),
    **_functions_returning(
        "float", "sqrt cbrt exp ln log log10 power pow pi degrees radians sin cos tan asin acos atan atan2"
    ),
    **_functions_returning("float", "random stddev stddev_samp stddev_pop variance var_samp var_pop corr"),
    **_functions_returning("float", "percent_rank cume_dist"),
    **_functions_returning("unknown", "percentile_cont percentile_disc mode"),  # depends on ORDER BY in WITHIN GROUP
    **_functions_returning("timestamptz", "now statement_timestamp transaction_timestamp as_of make_timestamptz"),
    **_functions_returning("date", "date make_date"),
    "make_timestamp": "timestamp",
    "array": "arg[]",
    "array_append": "arg",
    "array_prepend": "arg2",
    "avg": "number",
    "gen_random_uuid": "uuid",
    "row": "row",
    "sum": "sum",
}
# The return types of the functions that a macro pg_… of the same name replaces, with the same arguments.
MACRO_RETURN_TYPES: dict[str, str] = {
    **_functions_returning("text", "btrim glob initcap lpad ltrim rpad rtrim split_part to_hex"),
    **_functions_returning("int", "array_length array_lower array_position array_upper cardinality nlevel position"),
    **_functions_returning("interval", "make_interval"),
    **_functions_returning("arg", "array_cat array_remove array_replace"),
    **_functions_returning("ltree", "subltree subpath"),
    "array_positions": "int[]",
    "div": "number",
}
# DuckDB executes these operators itself, between the types that no rewrite handles.
_EXECUTABLE_OPERATORS = ("||", "&", "|", "~~", "~~*", "^@")
REFUSED_OPERATORS: dict[type[exp.Expr], str] = {
    **{operator: symbol for symbol, operator in OPERATORS.items() if symbol not in _EXECUTABLE_OPERATORS},
    exp.SimilarTo: "SIMILAR TO",
    exp.Overlaps: "OVERLAPS",
}


@dataclass(frozen=True)
class Registry:
    """The declarations of all modules; see the module's docstring."""

    functions: dict[str, Function] = field(default_factory=dict)
    set_returning: dict[str, Function] = field(default_factory=dict)
    operators: dict[type[exp.Expr], list[Rewrite]] = field(default_factory=dict)

    @cached_property
    def return_types(self) -> dict[str, str]:
        """The type that each function returns."""
        declared_functions = self.functions | self.set_returning
        return (
            SAME_IN_DUCKDB
            | MACRO_RETURN_TYPES
            | {name: function.returns for name, function in declared_functions.items()}
        )


@cache
def registry() -> Registry:
    """Return all rewrites. The rewrites of an operator are tried in order, the modules of library before the modules of core.

    The rewrites of operators in library are for particular types, the rewrites in core for the rest.
    """
    merged = Registry()
    for module in _modules_with_rewrites():
        merged.functions.update(getattr(module, "FUNCTIONS", {}))
        merged.set_returning.update(getattr(module, "SET_RETURNING", {}))
        for operator, rewrite in getattr(module, "OPERATORS", {}).items():
            merged.operators.setdefault(operator, []).append(rewrite)
    return merged


def _modules_with_rewrites() -> Iterator[ModuleType]:
    for package in (library, core):
        for entry in sorted(iter_modules(package.__path__), key=lambda entry: entry.name):
            if not entry.name.startswith("_"):
                yield import_module(f"{package.__name__}.{entry.name}")


def unsupported_operator_error(node: exp.Expr, types: Types) -> IamsqlError:
    """Return the error for an operator that no rewrite accepts, with the types of its operands."""
    operands = f"{types.of(node.this)} and {types.of(node.args.get('expression'))}"
    symbol = REFUSED_OPERATORS[type(node)]
    return IamsqlError(f"The PostgreSQL operator {symbol} is not supported between {operands}.{operator_hint(symbol)}")


def unsupported_function_error(name: str) -> IamsqlError:
    """Return the error for an unknown function, with the nearest known name."""
    if hint := function_hint(name):
        return IamsqlError(f"The PostgreSQL function {name}() is not supported.{hint}")
    close_names = get_close_matches(name, sorted(registry().return_types), 1, 0.75)
    hint = (
        f" Did you mean {close_names[0]}?"
        if close_names
        else " Write it in DuckDB's SQL and run it without --dialect postgres."
    )
    return IamsqlError(f"The PostgreSQL function {name}() is not supported.{hint}")


def unsupported_arguments_error(call: exp.Expr) -> IamsqlError:
    """Return the error for a call with a number of arguments that its rewrite does not accept."""
    count = len(call.expressions)
    return IamsqlError(
        f"{call.this}() is not supported with {count} argument{'' if count == 1 else 's'}.{function_hint(call.this)}"
    )
