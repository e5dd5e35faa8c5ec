"""The macros of a run file, written so that DuckDB 1.2 to 1.4 give the answer of the current DuckDB, or an error.

The statements differ from the shipped SQL, which iamsql itself executes, in two places.
"""

from __future__ import annotations

import re

from iamsql.sqltext import literal

# Before DuckDB 1.5, array_to_string() returns NULL for an empty list. This is its definition in DuckDB 1.5.
JOIN_TEXTS = (
    "create or replace macro join_texts(texts, separator) as case when len(cast(texts as varchar[])) = 0 then '' "
    "else list_aggr(cast(texts as varchar[]), 'string_agg', separator) end"
)
_ARRAY_TO_STRING = re.compile(r"\barray_to_string\(")

# DuckDB 2.0 does not write to the file that a CTE of a macro is MATERIALIZED. DuckDB 1.4 and later materialize it anyway.
# DuckDB 1.2 and 1.3 bind a CTE once for each reference to it, together with the CTEs that it reads: for hours in the macros that
# evaluate policies. All of these call a macro below, and DuckDB evaluates the argument of range() before it binds the CTEs.
EVALUATIONS = frozenset(("iam_evaluation", "iam_granted_actions"))
REFUSAL_MESSAGE = "This macro evaluates policies, which needs DuckDB 1.4.2 or later. Update DuckDB."
_IS_SUPPORTED = (
    f"case when regexp_matches(version(), '^v1\\.[0-3]\\.') then error({literal(REFUSAL_MESSAGE)}) else 1 end"
)
_HEAD = re.compile(r"create or replace macro (\w+)\([^)]*\) as table\n")


def for_clients(statement: str) -> str:
    """Rewrite a statement that creates a macro for the clients of a run file. Execute JOIN_TEXTS first."""
    statement = _ARRAY_TO_STRING.sub("join_texts(", statement)
    signature = _HEAD.search(statement)
    if not signature or signature[1] not in EVALUATIONS:
        return statement
    start, body = statement[: signature.end()], statement[signature.end() :]
    return f"{start}select m.* from range({_IS_SUPPORTED}) as c cross join (\n{body}\n) as m"
