"""Functions that DuckDB, or a macro, has under another name. At most, a rewrite also converts the arguments."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.typing import Function, Types


def _convert_argument(argument: exp.Expr, conversion: str, types: Types) -> exp.Expr:
    if conversion == "any":
        return argument.copy()
    if conversion == "json":
        return as_json(argument, types)
    return as_text(argument, types) if conversion == "text" else cast(argument.copy(), conversion)


def rename_function(function: str, conversions: str, returns: str) -> Function:
    """Call a function of DuckDB; each argument has a conversion: any (none), json, text, or a type of DuckDB.

    The rewrite raises ValueError for another number of arguments.
    """

    def rewrite(node: exp.Expr, types: Types) -> exp.Expr:
        pairs = zip(node.expressions, conversions.split(), strict=True)
        return call(function, *(_convert_argument(argument, conversion, types) for argument, conversion in pairs))

    return Function(rewrite, returns)


_JSON_FUNCTIONS = {
    "array_length": rename_function("pg_json_length", "json", "int"),
    "typeof": rename_function("pg_json_typeof", "json", "text"),
    "pretty": rename_function("pg_json_pretty", "json", "text"),
    "strip_nulls": rename_function("json_strip_nulls", "json", "json"),
}
FUNCTIONS = {
    **{f"{prefix}_{name}": function for prefix in ("json", "jsonb") for name, function in _JSON_FUNCTIONS.items()},
    **dict.fromkeys(("length", "char_length", "character_length"), rename_function("length", "any", "int")),
    "clock_timestamp": rename_function("now", "", "timestamptz"),  # DuckDB has the time of the transaction only
    "every": rename_function("bool_and", "any", "boolean"),
    "ltree2text": Function(lambda node, types: cast(node.expressions[0].copy(), "varchar"), "text"),
    "octet_length": rename_function("strlen", "text", "int"),
    "to_timestamp": rename_function("to_timestamp", "double", "timestamptz"),
}
