"""JSON, which is a text in Parquet: Spark has functions for the text of a member, but no type for its value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.types import JSON, VARCHAR, list_of
from iamsql.lake.engines.spark.values import Value, call, is_plain, quote

WILDCARD = "*"
# The JSON pointer of one key, as the macro key_pointer writes it.
_POINTER = re.compile(r"concat\('/', replace\(replace\((.*), '~', '~0'\), '/', '~1'\)\)")


# A JSON path whose last key is an expression, as in '$.a.b.' || key.
_LAST_KEY = re.compile(r"concat\('\$((?:\.[A-Za-z_]\w*)*)\.', (.*)\)")
_PATH_MARKS = r"""[.*\[\]"']|^$"""


def path_text(keys: Sequence[str]) -> str:
    """Return the JSON path of keys; a key of digits in brackets is an index."""
    parts = []
    for key in keys:
        if key.startswith("["):
            parts.append(key)
        elif is_plain(key):
            parts.append(f".{key}")
        elif "'" in key or "]" in key or '"' in key:
            raise Untranslatable("a key of a JSON path has quotes or brackets")
        else:
            parts.append(f"['{key}']")
    return "$" + "".join(parts)


def member(value: Value, keys: Sequence[str]) -> Value:
    """Return a member of a JSON value. Its text lacks the quotes of a string; a list of members is not supported."""
    root, path = (value.root, (*value.keys, *keys)) if value.root else (value.sql, tuple(keys))
    if not path:
        return value
    found = Value(call("get_json_object", root, quote(path_text(path))), JSON, root=root, keys=path)
    # from_json writes the text of an object without spaces, as DuckDB does, where get_json_object of Sail copies it.
    return replace(found, sql=parsed(found, "string")) if all(map(is_plain, path)) else found


def parsed(value: Value, kind: str) -> str:
    """Return the value in a type of Spark; NULL if it is a JSON value of another type."""
    if value.root and all(map(is_plain, value.keys)):
        # The path is part of the schema, because get_json_object does not distinguish "[]" from [].
        schema, access = kind, ""
        for key in reversed(value.keys):
            schema, access = f"struct<`{key}`:{schema}>", f".`{key}`{access}"
        return f"{call('from_json', value.root, quote(schema))}{access}"
    # A JSON array at the top may become an array of one object, and reverse, but not inside of a struct.
    wrapped = call("concat", quote('{"v":'), value.sql, quote("}"))
    return f"{call('from_json', wrapped, quote(f'struct<v:{kind}>'))}.v"


def is_string(value: Value) -> str:
    """Return whether the member, whose text is not NULL, is a string."""
    text = value.sql
    return (
        f"(CASE WHEN {call('startswith', text, quote('{'))} THEN {parsed(value, 'map<string,string>')} IS NULL "
        f"WHEN {call('startswith', text, quote('['))} THEN {parsed(value, 'array<string>')} IS NULL "
        f"WHEN {text} IN ('true', 'false') THEN {parsed(value, 'boolean')} IS NULL "
        f"WHEN {text} RLIKE '^-?[0-9]' THEN {parsed(value, 'double')} IS NULL ELSE true END)"
    )


def is_json_null(value: Value) -> str:
    """Return whether the member exists and is JSON's null."""
    *parents, last = value.keys
    if last.startswith("["):
        raise Untranslatable("a query asks for the null of an array")
    container = call("get_json_object", value.root, quote(path_text(parents))) if parents else value.root
    keys = call("from_json", container, quote("map<string,string>"))
    return f"coalesce({call('map_contains_key', keys, quote(last))} AND {value.sql} IS NULL, false)"


def quoted(text: str) -> str:
    """Return a text as a JSON string."""
    array = call("to_json", call("array", text))
    return call("substring", array, "2", f"{call('length', array)} - 2")


def without_json_null(value: Value) -> Value:
    """Return a JSON value, which is NULL where it is JSON's null."""
    if not value.root:
        if value.is_loose:
            return Value(_loose_text(value), JSON)
        return Value(
            f"(CASE WHEN {call('get_json_object', value, quote('$'))} IS NULL THEN NULL ELSE {value.sql} END)", JSON
        )
    text = f"(CASE WHEN {value.sql} IS NULL THEN NULL WHEN {is_string(value)} THEN {quoted(value.sql)} ELSE {value.sql} END)"
    return Value(text, JSON)


def exact_text(value: Value) -> str:
    """Return the JSON text of a JSON value, and any other value as it is."""
    if value.type.name != "json":
        return value.sql
    if value.is_loose:
        return _loose_text(value)
    if not value.root:
        return value.sql
    return (
        f"(CASE WHEN {value.sql} IS NULL THEN (CASE WHEN {is_json_null(value)} THEN 'null' END) "
        f"WHEN {is_string(value)} THEN {quoted(value.sql)} ELSE {value.sql} END)"
    )


def _loose_text(value: Value) -> str:
    """Return the JSON text of an element of an array, if it is an object; the elements of arrays have lost their quotes."""
    raise Untranslatable("an element of a JSON array is used as JSON")


def scalar_text(value: Value) -> str:
    """Return the text of a JSON value: a string without its quotes; NULL for JSON's null."""
    return value.sql if value.root or value.is_loose else parsed(value, "string")


def keys_of(path: exp.Expr) -> list[str]:
    """Return the keys of a JSON path; raise Untranslatable for other paths."""
    if not isinstance(path, exp.JSONPath):
        raise Untranslatable("a JSON path is not a literal")
    keys = []
    for part in path.expressions:
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            keys.append(part.this)
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, exp.JSONPathWildcard):
            keys.append(WILDCARD)
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int) and part.this >= 0:
            keys.append(f"[{part.this}]")
        elif not isinstance(part, exp.JSONPathRoot):
            raise Untranslatable("a JSON path has a part that Spark does not have")
    return keys


@syntax(exp.JSONExtract, exp.JSONExtractScalar)
def _extract(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    is_text = isinstance(node, exp.JSONExtractScalar)
    if isinstance(node.expression, exp.JSONPath):
        keys = keys_of(node.expression)
        if WILDCARD in keys:
            return _elements(value, keys, is_text)
        found = member(value, keys)
    else:
        return _by_path(value, of.value(node.expression), is_text=is_text)
    return Value(scalar_text(found), VARCHAR) if is_text else found


def _by_path(value: Value, path: Value, *, is_text: bool) -> Value:
    """Return the member that an expression names: by its JSON path, or by its key."""
    if path.text is not None:
        named = member(value, keys_of(exp.JSONPath(expressions=_path_parts(path.text))))
        return Value(scalar_text(named), VARCHAR) if is_text else named
    pointer = _POINTER.fullmatch(path.sql)
    key = pointer[1] if pointer else path.sql
    by_key = call("try_element_at", call("from_json", value, quote("map<string,string>")), key)
    if not is_text:
        if not pointer:
            raise Untranslatable("a JSON path is not a literal")
        return Value(by_key, JSON, is_loose=True)
    if pointer:
        return Value(by_key, VARCHAR)
    by_path = call("get_json_object", value, path)
    if found := _LAST_KEY.fullmatch(path.sql):
        # Sail reads one path for all elements of a list: the path is used for a key with the marks of a path only.
        container = member(value, found[1].split(".")[1:])
        by_key = call("try_element_at", call("from_json", container, quote("map<string,string>")), found[2])
        has_marks = f"{found[2]} RLIKE {quote(_PATH_MARKS)}"
        return Value(f"(CASE WHEN {has_marks} THEN {by_path} ELSE {by_key} END)", VARCHAR)
    raise Untranslatable("a JSON path is not a literal")


def _elements(value: Value, keys: list[str], is_text: bool) -> Value:
    """Return the members of the elements of an array: those that exist, and an empty list for another value."""
    place = keys.index(WILDCARD)
    before, after = member(value, keys[:place]), keys[place + 1 :]
    exists = f"({value.sql} IS NOT NULL OR {is_json_null(value)})" if value.root else f"{value.sql} IS NOT NULL"
    empty = f"(CASE WHEN {exists} THEN cast(array() as array<string>) END)"
    elements = f"coalesce({parsed(before, 'array<string>')}, {empty})"
    kind = list_of(VARCHAR if is_text else JSON)
    if WILDCARD in after:
        inner = after.index(WILDCARD)
        if WILDCARD in after[inner + 1 :]:
            raise Untranslatable("a JSON path has three wildcards")
        array = call("get_json_object", "j", quote(path_text(after[:inner]))) if after[:inner] else "j"
        arrays = call("transform", elements, f"j -> {call('from_json', array, quote('array<string>'))}")
        elements = call("flatten", call("filter", arrays, "j -> j IS NOT NULL"))
        after = after[inner + 1 :]
    if not after:
        return Value(elements, kind, is_loose=not is_text)
    *parents, last = after
    if last.startswith("["):
        raise Untranslatable("a JSON path has an index after a wildcard")
    container = call("get_json_object", "j", quote(path_text(parents))) if parents else "j"
    has_member = call("map_contains_key", call("from_json", container, quote("map<string,string>")), quote(last))
    found = call("filter", elements, f"j -> {has_member}")
    return Value(
        call("transform", found, f"j -> {call('get_json_object', 'j', quote(path_text(after)))}"),
        kind,
        is_loose=not is_text,
    )


def with_path(node: exp.Expr, arguments: list[exp.Expr], of: Translator) -> Value:
    """Return the JSON value that a function reads: its first argument, or the member that the second names."""
    value = json_of(of.value(arguments[0]))
    if len(arguments) == 1:
        return value
    path = arguments[1]
    if isinstance(path, exp.Literal):
        path = exp.JSONPath(expressions=_path_parts(path.name))
    return member(value, keys_of(path))


def _path_parts(text: str) -> list[exp.Expr]:
    if not text.startswith("$"):
        return [exp.JSONPathKey(this=text)]
    parts = text.removeprefix("$").removeprefix(".").split(".")
    if not all(map(is_plain, parts)):
        raise Untranslatable("a JSON path has a part that Spark does not have")
    return [exp.JSONPathKey(this=part) for part in parts]


def json_of(value: Value) -> Value:
    """Return a text that is used as JSON."""
    return value if value.type.name in ("json", "null") else Value(value.sql, JSON)
