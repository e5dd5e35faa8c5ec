"""No macro or view of a run file depends on the order that DuckDB's threads return rows.

An aggregate whose value depends on that order has an ORDER BY, sorts its list, gives a set to another macro, or is in a list here
with the reason why its value is the same for each order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from iamsql.runs.file.template import template

ORDERED = {
    "list",
    "array_agg",
    "string_agg",
    "group_concat",
    "listagg",
    "first",
    "last",
    "any_value",
    "arbitrary",
    "mode",
}
TIES = {"arg_min", "arg_max", "min_by", "max_by", "arg_min_null", "arg_max_null"}
SORTING = {"list_sort", "array_sort", "iam_sorted_set"}  # directly, or around flatten()
RANKS = {
    "WINDOW_ROW_NUMBER",
    "WINDOW_FIRST_VALUE",
    "WINDOW_LAST_VALUE",
    "WINDOW_NTH_VALUE",
    "WINDOW_LAG",
    "WINDOW_LEAD",
}
# The definitions that another component owns, or whose value is the same for each order, by name.
SAME = {
    "account_alternate_contacts": "list_contains() reads the list",
    "aws_iam_action_use": "the sum over the list does not depend on its order",
    "deny_removed": "list_sort() sorts the list where it is read",
    "iam_condition_outcomes": "the number of requests is the same in each row",
    "iam_denying_policies": "a set of actions",
    "iam_escalation_edges": "unique keys",
    "iam_escalation_nodes": "sets",
    "iam_escalation_paths": "unique keys",
    "iam_evaluation": "sets",
    "iam_external_access": "list_contains() reads the list",
    "iam_granted_actions": "the keys are unique; a variant is the hash of its actions",
    "iam_principal_documents": "the key is the hash of the document",
    "iam_risk": "constants, and lists that list_contains() reads",
    "iam_risk_points": "an error lists the names of an argument",
    "iam_service_use": "list_contains() reads the list",
    "unused_permissions": "a principal has the same period, gaps and unread policies in each row",
}


@pytest.fixture(scope="module")
def definitions() -> dict[str, str]:
    """Map each macro and view of the template to its SELECT."""
    with duckdb.connect(str(template()), read_only=True) as con:
        rows = con.execute(
            "select function_name, case function_type when 'macro' then 'select ' else '' end || macro_definition"
            " from duckdb_functions() where not internal and macro_definition is not null"
            " union all select view_name, regexp_replace(sql, '^CREATE .*? AS ', '', 's') from duckdb_views() where not internal"
        ).fetchall()
    return dict(rows)


def unordered(sql: str) -> set[str]:
    """Return the functions of SQL whose value may depend on the order of rows."""
    ((text,),) = duckdb.execute("select json_serialize_sql(?)", [sql]).fetchall()
    tree = json.loads(text)
    assert tree.get("statements"), tree.get("error_message")
    return set(_unordered(tree, ()))


def _unordered(node: Any, around: tuple[str, ...]) -> Iterator[str]:
    """Yield the aggregates and window functions without an order; `around` are the functions and queries around the node."""
    if isinstance(node, list):
        for child in node:
            yield from _unordered(child, around)
        return
    if not isinstance(node, dict):
        return
    name, node_class = str(node.get("function_name") or "").lower(), node.get("class")
    is_settled = _orders(node) or (_is_set(around) if name == "list" else name in TIES and _has_total_key(node))
    if node_class == "FUNCTION" and name in ORDERED | TIES and not is_settled:
        yield name
    if node_class == "WINDOW" and node.get("type") in RANKS and not node.get("orders"):
        yield name
    inner = (
        (*around, name) if node_class == "FUNCTION" else (*around, "subquery") if node_class == "SUBQUERY" else around
    )
    if node.get("type") == "TABLE_FUNCTION":
        inner = (*around, "table function")
    for child in node.values():
        yield from _unordered(child, inner)


def _orders(node: dict[str, Any]) -> bool:
    return bool((node.get("order_bys") or {}).get("orders"))


def _is_set(around: tuple[str, ...]) -> bool:
    """Return whether a list is sorted, or is the argument of a table macro, which takes lists as sets."""
    outer = [name for name in around if name not in ("flatten", "coalesce")]
    return bool(outer) and (outer[-1] in SORTING or "table function" in around)


def _has_total_key(node: dict[str, Any]) -> bool:
    """Return whether the key of arg_min() is a struct, which by convention has a member that is unique to its row."""
    keys = [argument["expression"] for argument in node["arguments"][1:]]
    return any(key.get("function_name") == "struct_pack" for key in keys)


def test_no_value_depends_on_the_order_of_rows(definitions: dict[str, str]) -> None:
    unordered_calls = {name: unordered(sql) for name, sql in definitions.items()}
    assert {name: sorted(names) for name, names in unordered_calls.items() if names and name not in SAME} == {}
    assert {name for name in SAME if not unordered_calls.get(name)} == set(), "a reason that is not needed any more"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select list(x) from t", {"list"}),
        ("select string_agg(distinct x, ', ') from t", {"string_agg"}),
        ("select string_agg(distinct x, ', ' order by x) from t", set()),
        ("select list_sort(list(x)), list_sort(flatten(list(x))) from t", set()),
        ("select len(list(x)), any_value(x), first(x order by x) from t", {"list", "any_value"}),
        ("select arg_min(x, y), arg_max(x, {'y': y, 'id': id}) from t", {"arg_min"}),
        ("from m((select list(x) from t))", set()),
        ("select row_number() over (partition by x), row_number() over (order by x) from t", {"row_number"}),
        ("select x from t where x in (select list(y) from u)", {"list"}),
    ],
)
def test_what_depends_on_the_order_of_rows(sql: str, expected: set[str]) -> None:
    assert unordered(sql) == expected
