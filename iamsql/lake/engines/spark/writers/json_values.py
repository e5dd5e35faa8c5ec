"""JSON, which is text in Parquet: Spark has functions for the text of a member, but no type for its value."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.names import EMPTY, is_plain, quote
from iamsql.lake.engines.spark.types import kind
from iamsql.lake.engines.spark.writers.literals import Writer, concatenated, constant

_WILDCARD = "*"
_PATH_MARKS = r"""[.*\[\]"']|^$"""
_PARENT = re.compile(r"\$((?:\.[A-Za-z_]\w*)*)\.")


def keys_of(path: exp.Expr) -> list[str] | None:
    """Return the keys of a JSON path, an index in brackets; None for a path that is not a literal."""
    if not isinstance(path, exp.JSONPath):
        text = constant(path)
        if text is None or text.startswith("/"):
            return None
        parts = text.removeprefix("$").removeprefix(".").split(".") if text.startswith("$") else [text]
        if text.startswith("$") and not all(map(is_plain, parts)) and text != "$":
            raise Untranslatable("a JSON path has a part that Spark does not have")
        return [part for part in parts if part]
    keys = []
    for part in path.expressions:
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            keys.append(part.this)
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, exp.JSONPathWildcard):
            keys.append(_WILDCARD)
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int) and part.this >= 0:
            keys.append(f"[{part.this}]")
        elif not isinstance(part, exp.JSONPathRoot):
            raise Untranslatable("a JSON path has a part that Spark does not have")
    return keys


def _json_path(keys: Sequence[str]) -> str:
    for key in keys:
        if any(mark in key for mark in "'\"]") and not key.startswith("["):
            raise Untranslatable("a key of a JSON path has quotes or brackets")
    parts = [key if key.startswith("[") else f".{key}" if is_plain(key) else f"['{key}']" for key in keys]
    return quote("$" + "".join(parts))


def _root_and_keys(node: exp.Expr) -> tuple[exp.Expr, list[str]]:
    """Return the value that nested extractions start from, and the keys of all of them."""
    inner = node.unnest()
    if isinstance(inner, exp.JSONExtract) and (keys := keys_of(inner.expression)) is not None and _WILDCARD not in keys:
        base, before = _root_and_keys(inner.this)
        return base, [*before, *keys]
    return inner, []


def _member_text(base: str, keys: Sequence[str]) -> str:
    """Return the text of a member: a string without quotes.

    FROM_JSON writes no spaces into the text of an object, like DuckDB. GET_JSON_OBJECT of Sail copies the spaces.
    """
    if not all(map(is_plain, keys)):
        return f"GET_JSON_OBJECT({base}, {_json_path(keys)})"
    return _parse_member(base, keys, "string")


def exact(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the JSON text of a JSON value."""
    base, keys = _root_and_keys(node)
    value = self.sql(base)
    if not keys:
        if kind(base) == "element":
            raise Untranslatable("an element of a JSON array is used as JSON")
        return value
    member, raw = _member_json(value, keys), _member_text(value, keys)
    return f"(CASE SUBSTRING({member}, 1, 1) WHEN '{{' THEN {raw} WHEN '[' THEN {raw} ELSE {member} END)"


def _member_json(value: str, keys: Sequence[str]) -> str:
    """Return the JSON text of a member; the members of an object have another order."""
    return f"TO_JSON(VARIANT_GET(PARSE_JSON({value}), {_json_path(keys)}))"


def unordered(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the JSON text of a value, where the order of the members of an object does not matter."""
    base, keys = _root_and_keys(node)
    return _member_json(self.sql(base), keys) if keys else f"TO_JSON(PARSE_JSON({exact(self, node)}))"


def exists(self: SparkGenerator, node: exp.Expr) -> str:
    """Return whether there is a JSON value, which can be JSON's null."""
    base, keys = _root_and_keys(node)
    return f"{_member_json(self.sql(base), keys) if keys else self.sql(base)} IS NOT NULL"


def container(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the JSON text of an object or array, or of an element of an array."""
    return self.sql(node.unnest()) if kind(node) == "element" else exact(self, node)


def scalar(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the text of a JSON value: a string without its quotes; NULL for JSON's null."""
    base, keys = _root_and_keys(node)
    value = self.sql(base)
    if keys or kind(base) == "element":
        return _member_text(value, keys) if keys else value
    return f"FROM_JSON(CONCAT('{{\"v\":', {value}, '}}'), 'struct<v:string>').v"


def parsed(self: SparkGenerator, node: exp.Expr, spark: str) -> str:
    """Return a JSON value in a type of Spark; NULL if it is a JSON value of another type."""
    base, keys = _root_and_keys(node)
    value = self.sql(base)
    if not all(map(is_plain, keys)):
        value, keys = exact(self, node), []
    if not keys:
        # A JSON array at the top may become an array of one object, and reverse, but not inside of a struct.
        return f"FROM_JSON(CONCAT('{{\"v\":', {value}, '}}'), {quote(f'struct<v:{spark}>')}).v"
    return _parse_member(value, keys, spark)


def _parse_member(value: str, keys: Sequence[str], spark: str) -> str:
    schema = spark
    for key in reversed(keys):
        schema = f"struct<`{key}`:{schema}>"
    return f"FROM_JSON({value}, {quote(schema)}).{'.'.join(f'`{key}`' for key in keys)}"


def at(node: exp.Expr, path: exp.Expr | None) -> exp.Expr:
    """Return the member of a JSON value at a path, if there is one."""
    if path is None:
        return node
    if keys_of(path) is None:
        raise Untranslatable("a JSON path is not a literal")
    return exp.JSONExtract(this=node, expression=path)


def _write_json_extract(self: SparkGenerator, node: exp.Expr) -> str:
    keys = keys_of(node.expression)
    if keys is None:
        return _write_extract_by_key(self, node)
    if _WILDCARD in keys:
        return _members_of_elements(self, node, keys)
    member = at(node.this, node.expression)
    return scalar(self, member) if isinstance(node, exp.JSONExtractScalar) else exact(self, member)


def _write_extract_by_key(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the member whose key is an expression, the last part of a JSON pointer or of a JSON path."""
    first, *other_parts = concatenated(node.expression)
    prefix, key = constant(first), other_parts[0] if len(other_parts) == 1 else None
    if prefix == "/" and key is not None and (unescaped := _unescaped_pointer_key(key)) is not None:
        return f"TRY_ELEMENT_AT(FROM_JSON({container(self, node.this)}, 'map<string,string>'), {self.sql(unescaped)})"
    parent = _PARENT.fullmatch(prefix or "")
    if parent is None or key is None or not isinstance(node, exp.JSONExtractScalar):
        raise Untranslatable("a JSON path is not a literal")
    value, last, names = container(self, node.this), self.sql(key), parent[1].split(".")[1:]
    holder = f"GET_JSON_OBJECT({value}, {_json_path(names)})" if names else value
    # Sail reads one path for all elements of a list: the path is used for a key with the marks of a path only.
    return (
        f"(CASE WHEN {last} RLIKE {quote(_PATH_MARKS)} THEN GET_JSON_OBJECT({value}, {self.sql(node.expression)}) "
        f"ELSE TRY_ELEMENT_AT(FROM_JSON({holder}, 'map<string,string>'), {last}) END)"
    )


def _unescaped_pointer_key(node: exp.Expr) -> exp.Expr | None:
    """Return the key that replace(replace(key, '~', '~0'), '/', '~1') escapes for a JSON pointer."""
    for old, new in (("/", "~1"), ("~", "~0")):
        node = node.unnest()
        if not isinstance(node, exp.Replace) or [constant(node.expression), constant(node.args["replacement"])] != [
            old,
            new,
        ]:
            return None
        node = node.this
    return node


def _path_part(key: str) -> exp.Expr:
    return exp.JSONPathSubscript(this=int(key[1:-1])) if key.startswith("[") else exp.JSONPathKey(this=key)


def _members_of_elements(self: SparkGenerator, node: exp.Expr, keys: list[str]) -> str:
    """Return the members of the elements of an array: those that exist, and an empty list for another value."""
    wildcard = keys.index(_WILDCARD)
    before, after = keys[:wildcard], keys[wildcard + 1 :]
    path = exp.JSONPath(expressions=[_path_part(key) for key in before])
    array = parsed(self, exp.JSONExtract(this=node.this, expression=path) if before else node.this, "array<string>")
    lists = f"COALESCE({array}, (CASE WHEN {exists(self, node.this)} THEN {EMPTY} END))"
    if _WILDCARD in after:
        inner = after.index(_WILDCARD)
        if _WILDCARD in after[inner + 1 :]:
            raise Untranslatable("a JSON path has three wildcards")
        array = f"GET_JSON_OBJECT(j, {_json_path(after[:inner])})" if inner else "j"
        lists = f"FLATTEN(FILTER(TRANSFORM({lists}, j -> FROM_JSON({array}, 'array<string>')), j -> j IS NOT NULL))"
        after = after[inner + 1 :]
    if not after:
        return lists
    *parents, last = after
    if last.startswith("["):
        raise Untranslatable("a JSON path has an index after a wildcard")
    holder = f"GET_JSON_OBJECT(j, {_json_path(parents)})" if parents else "j"
    has = f"MAP_CONTAINS_KEY(FROM_JSON({holder}, 'map<string,string>'), {quote(last)})"
    return f"TRANSFORM(FILTER({lists}, j -> {has}), j -> GET_JSON_OBJECT(j, {_json_path(after)}))"


WRITERS: dict[type[exp.Expr], Writer] = {
    exp.JSONExtract: _write_json_extract,
    exp.JSONExtractScalar: _write_json_extract,
}
