"""The functions, syntax and options that the translation supports. Others are refused and not passed to Spark."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.results import CALL_TYPE_RULES, NODE_TYPE_RULES

# The parts of a query that do not have a value.
STRUCTURE_NODE_KEYS = frozenset(
    """
    select from join table tablealias identifier cte with where group having qualify limit offset union except intersect values
    lateral windowspec window jsonpath jsonpathroot jsonpathkey jsonpathsubscript jsonpathwildcard datatype columndef var star
    propertyeq slice column order ordered distinct anonymous datatypeparam jsonkeyvalue comprehension subquery
    """.split()
)
# What sqlglot writes of a node, and the options that it sets for DuckDB's own meaning of it.
SUPPORTED_ARGUMENTS = frozenset(
    """
    this expression expressions alias big_int catalog coalesce condition date_part_boundary db decimals default delimiter end
    false fill_pattern flag format group high ifs ignore_nulls is_end_exclusive is_left is_string iterator length low modifiers
    negate null_if_pos_overflow nulls_first offset options order over part_index partition_by position query quoted replacement
    safe scale separator single_replace spec start table times to true unit value_constructor with_ zone only_json_types scalar_only
    return_type encoding check_null null_propagation from_ joins where having qualify windows distinct limit kind hint on using side
    method columns materialized recursive except_ replace all nested by_name start_side end_side desc asc typed columns view outer
    laterals nullable
    """.split()
)


def require_supported(tree: exp.Expr) -> None:
    """Raise UntranslatableError for functions and syntax that the translation does not support."""
    for node in tree.walk():
        function_name = str(node.this).lower() if isinstance(node, exp.Anonymous) else ""
        if function_name == "now" or isinstance(node, exp.CurrentTimestamp | exp.CurrentDate):
            raise UntranslatableError("a query reads the clock")
        if function_name and function_name not in CALL_TYPE_RULES:
            raise UntranslatableError(f"the function {function_name} has no translation")
        if node.key not in NODE_TYPE_RULES and node.key not in STRUCTURE_NODE_KEYS:
            raise UntranslatableError(
                f"{node.sql_name() if isinstance(node, exp.Func) else node.key.upper()} has no translation"
            )
        unsupported_arguments = [
            key for key, argument in node.args.items() if argument and key not in SUPPORTED_ARGUMENTS
        ]
        if unsupported_arguments:
            raise UntranslatableError(f"{node.key} has no translation with {unsupported_arguments[0]}")
