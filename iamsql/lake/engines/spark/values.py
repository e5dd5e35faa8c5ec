"""An expression of Spark SQL with the DuckDB type of its values, and the functions that may be called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.types import JSON, NULL, VARCHAR, Type

# Spark functions that rules call. Every other name is refused, so none passes unchanged from DuckDB to Spark.
FUNCTIONS = frozenset(
    """
    abs any_value array array_contains array_distinct array_join array_position array_size array_sort avg bool_and bool_or ceil
    char_length coalesce collect_list collect_set concat concat_ws contains count date_add date_format date_trunc datediff
    dense_rank endswith explode filter first_value flatten floor from_json get get_json_object greatest lag last_value lead least
    left length listagg lower lpad map_contains_key map_keys max max_by md5 min min_by named_struct nullif octet_length parse_json
    rank regexp_extract regexp_extract_all regexp_replace repeat replace reverse right round row_number rpad schema_of_variant
    sequence slice split split_part startswith substring sum timestamp_micros to_json transform trim try_element_at unix_micros
    upper url_decode
    """.split()
)


@dataclass(frozen=True)
class Value:
    """Spark SQL and the type of its values in DuckDB.

    `parts` are the members of a struct that exists only in the query. A JSON value is a text. That of `root`, `keys` is the
    member of an object: then `sql` has the text of a string without its quotes, and NULL for JSON's null. `is_loose` marks the
    same for elements of arrays. `text` is the value of a string literal.
    """

    sql: str
    type: Type
    parts: Mapping[str, Value] = field(default_factory=dict)
    root: str = ""
    keys: tuple[str, ...] = ()
    is_loose: bool = False
    text: str | None = None


def call(name: str, *arguments: Value | str) -> str:
    """Return a call of a Spark function; raise Untranslatable if rules may not call it."""
    if name not in FUNCTIONS:
        raise Untranslatable(f"{name} is not a function that the translation knows")
    return f"{name}({', '.join(argument if isinstance(argument, str) else argument.sql for argument in arguments)})"


def quote(text: str) -> str:
    r"""Return a string literal of Spark, in which \ begins an escape."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\0", "\\0").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "'"


def name(*parts: str) -> str:
    """Return a quoted name."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)


def literal(text: str) -> Value:
    """Return a string literal."""
    return Value(quote(text), VARCHAR, text=text)


def cast(value: Value, kind: Type) -> Value:
    """Return the value in a type that stores the values of its own type alike, as NULL in any other type."""
    if value.type == kind or (value.type.name in ("varchar", "json") and kind.name in ("varchar", "json")):
        return replace(value, type=kind)
    if value.parts and kind.name == "struct":
        pairs = zip(kind.members, value.parts.values(), strict=True)
        return struct({member: cast(part, other) for (member, other), part in pairs})
    return Value(f"cast({value.sql} as {kind.spark})", kind)


def struct(parts: Mapping[str, Value]) -> Value:
    """Return a struct of named values."""
    members = ", ".join(f"{quote(member)}, {part.sql}" for member, part in parts.items())
    kind = Type("struct", members=tuple((member, part.type) for member, part in parts.items()))
    return Value(f"named_struct({members})", kind, parts=parts)


def member_of(value: Value, member: str) -> Value:
    """Return a member of a struct; raise Untranslatable if the struct has no such member."""
    for key, part in value.parts.items():
        if key.lower() == member.lower():
            return part
    kind = value.type.member(member)
    if kind is None:
        raise Untranslatable(f"{value.type.name} has no member {member}")
    return Value(f"{value.sql}.{name(member)}", kind, is_loose=kind == JSON and value.is_loose)


def is_plain(text: str) -> bool:
    """Return whether a text is a key that a JSON path and a schema of Spark need not quote."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None


def null(kind: Type = NULL) -> Value:
    """Return NULL in a type."""
    return Value("NULL" if kind == NULL else f"cast(NULL as {kind.spark})", kind)
