"""Functions and operators of PostgreSQL that are refused although people use them, and what to write instead.

Each serves fewer than one in a thousand published queries for Steampipe. A construct that is missing here and in the registry is
also refused, without a hint.
"""

from __future__ import annotations

_ADDRESS_HINT = "Compare the text of an address instead, such as address like '10.%'."
# What to write in DuckDB's SQL, by the names of functions.
_DUCKDB_HINTS = {
    "regexp_match regexp_substr": "regexp_extract(text, pattern, group)",
    "regexp_matches": "regexp_extract_all(text, pattern, group)",
    "regexp_replace": "regexp_replace(text, pattern, replacement), with a last argument 'g' for every match",
    "regexp_split_to_array": "regexp_split_to_array(text, pattern)",
    "regexp_split_to_table": "unnest(regexp_split_to_array(text, pattern))",
    "regexp_count": "len(regexp_extract_all(text, pattern))",
    "regexp_instr": "strpos(text, regexp_extract(text, pattern))",
    "jsonb_set jsonb_insert jsonb_set_lax": "json_merge_patch(document, patch)",
    "jsonb_path_match jsonb_path_match_tz": "list_filter(json_extract(document, path), lambda item: …)",
    "json_object jsonb_object": "json_object(key, value, …)",
    "encode": "hex(text) or to_base64(text::blob)",
    "decode": "unhex(text) or from_base64(text)",
    "convert_to": "encode(text)",
    "convert_from": "decode(bytes)",
    "sha256": "sha256(text)",
    "format quote_ident quote_literal quote_nullable": "printf('%s', value) or concat(…)",
    "to_date": "strptime(text, '%Y-%m-%d')::date",
    "to_timestamp": "strptime(text, '%Y-%m-%d')",
    "to_number": "replace(text, ',', '')::double",
    "date_bin": "time_bucket(width, time)",
    "justify_days justify_hours justify_interval": "extract(epoch from interval)",
}
# What to write in PostgreSQL's SQL.
_POSTGRES_HINTS = {
    "regexp_like": "Use text ~ pattern, or text ~* pattern to ignore case.",
    "overlay": "Use left(text, n) || new_text || substr(text, m).",
    "index lca text2ltree": "Use subpath(path, start, length), or text::ltree.",
    "json_to_record json_to_recordset jsonb_to_record jsonb_to_recordset": "Use jsonb_array_elements, and ->> for each column.",
    "num_nulls num_nonnulls": "Use (a is null)::int + (b is null)::int.",
    "generate_subscripts": "Use generate_series(1, cardinality(array)).",
    "abbrev broadcast family host hostmask inet_merge inet_same_family masklen netmask network set_masklen": _ADDRESS_HINT,
}
_OPERATOR_HINTS = {
    "SIMILAR TO": "Use LIKE, or ~ with a regular expression.",
    "#-": "Use document - 'key' for a key of the document.",
    "@@": "Use @? or jsonb_path_exists() for the items of a path.",
    **dict.fromkeys(("<<", "<<=", ">>", ">>="), _ADDRESS_HINT),
}
_TYPE_HINTS = {
    **dict.fromkeys(("inet", "cidr"), _ADDRESS_HINT),
    "bytea": "DuckDB's SQL has the type BLOB: run the query without --dialect postgres.",
}


def _hints_by_name(groups: dict[str, str], template: str) -> dict[str, str]:
    return {name: template.format(hint) for names, hint in groups.items() for name in names.split()}


FUNCTION_HINTS = _hints_by_name(_DUCKDB_HINTS, "In DuckDB's SQL, without --dialect postgres, use {}.") | _hints_by_name(
    _POSTGRES_HINTS, "{}"
)


def function_hint(name: str) -> str:
    """Return what to write instead of a refused function, with a blank before it; '' if there is no hint."""
    return f" {FUNCTION_HINTS[name]}" if name in FUNCTION_HINTS else ""


def operator_hint(symbol: str) -> str:
    """Return what to write instead of a refused operator, with a blank before it; '' if there is no hint."""
    return f" {_OPERATOR_HINTS[symbol]}" if symbol in _OPERATOR_HINTS else ""


def type_hint(name: str) -> str:
    """Return what to write instead of a cast to a refused type, with a blank before it."""
    return f" {_TYPE_HINTS.get(name, 'Cast to text or a number.')}"
