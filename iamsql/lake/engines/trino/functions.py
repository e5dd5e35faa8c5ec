"""The functions of Trino that the translation writes, from https://trino.io/docs/current/functions/list.html.

A function that is missing here is refused after the translation, so no function of DuckDB is left in a query.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot.dialects.trino import Trino
from sqlglot.tokenizer_core import TokenType

FUNCTIONS = frozenset(
    "abs any_value array_agg array_distinct array_join array_sort at_timezone bool_and bool_or cardinality "
    "cast coalesce concat concat_ws contains count date_diff date_format date_trunc dense_rank element_at "
    "filter first_value flatten floor from_iso8601_timestamp greatest json_array_length json_extract "
    "json_extract_scalar json_format json_parse lag lead least length lower lpad ltrim map_keys max max_by min "
    "min_by nullif regexp_extract regexp_extract_all regexp_like regexp_replace replace reverse round "
    "row_number sequence slice split split_part starts_with strpos substr substring sum to_unixtime transform "
    "trim try try_cast upper url_decode with_timezone".split()
)
# Words before a parenthesis that are no functions: clauses, types and constructors.
_SYNTAX = frozenset(
    "all and any array as between by case distinct else exists filter from group having if in interval is join lateral like not on "
    "or order over row select then union unnest using values when where with map varchar timestamp except intersect end".split()
)


def undocumented(sql: str) -> list[str]:
    """Return the names of the functions in a query that are not in the list, each once, in the order of the query."""
    return list(dict.fromkeys(name for name in _called(sql) if name not in FUNCTIONS))


def _called(sql: str) -> Iterator[str]:
    """Yield the words before parentheses, without those of the syntax and without names after AS, which have column lists."""
    tokens = list(Trino().tokenize(sql))
    for index, token in enumerate(tokens[1:], 1):
        word, before = tokens[index - 1], tokens[index - 2].text.lower() if index > 1 else ""
        name = word.text.lower()
        if token.token_type != TokenType.L_PAREN or not name.replace("_", "").isalnum() or word.token_type in _TEXTS:
            continue
        if name not in _SYNTAX and before != "as":
            yield name


_TEXTS = (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER)
