"""JSON values. Parquet stores them as text; Spark reads members with GET_JSON_OBJECT, FROM_JSON or VARIANT_GET."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.names import EMPTY_LIST_SQL, is_plain_key, quote
from iamsql.lake.engines.spark.types import kind
from iamsql.lake.engines.spark.writers.literals import Writer, concatenated_parts, constant_text

_WILDCARD = "*"
_PATH_SYNTAX_PATTERN = r"""[.*\[\]"']|^$"""
_PARENT_PATH_PATTERN = re.compile(r"\$((?:\.[A-Za-z_]\w*)*)\.")


def parse_path_keys(path: exp.Expr) -> list[str] | None:
    """Return the keys of a JSON path, an index in brackets; None for a path that is not a literal."""
    if not isinstance(path, exp.JSONPath):
        text = constant_text(path)
        if text is None or text.startswith("/"):
            return None
        parts = text.removeprefix("$").removeprefix(".").split(".") if text.startswith("$") else [text]
        if text.startswith("$") and not all(map(is_plain_key, parts)) and text != "$":
            raise UntranslatableError("a JSON path has a part that Spark does not have")
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
            raise UntranslatableError("a JSON path has a part that Spark does not have")
    return keys


def _json_path(keys: Sequence[str]) -> str:
    for key in keys:
        if any(character in key for character in "'\"]") and not key.startswith("["):
            raise UntranslatableError("a key of a JSON path has quotes or brackets")
    parts = [key if key.startswith("[") else f".{key}" if is_plain_key(key) else f"['{key}']" for key in keys]
    return quote("$" + "".join(parts))


def _root_and_keys(node: exp.Expr) -> tuple[exp.Expr, list[str]]:
    """Return the value that nested extractions start from, and the keys of all of them."""
    inner = node.unnest()
    if (
        isinstance(inner, exp.JSONExtract)
        and (keys := parse_path_keys(inner.expression)) is not None
        and _WILDCARD not in keys
    ):
        base, outer_keys = _root_and_keys(inner.this)
        return base, [*outer_keys, *keys]
    return inner, []


def _member_text(base: str, keys: Sequence[str]) -> str:
    """Return the text of a member: a string without quotes.

    FROM_JSON writes no spaces into the text of an object, like DuckDB. GET_JSON_OBJECT of Sail copies the spaces.
    """
    if not all(map(is_plain_key, keys)):
        return f"GET_JSON_OBJECT({base}, {_json_path(keys)})"
    return _parse_member(base, keys, "string")


def exact_json(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the JSON text of a JSON value."""
    base, keys = _root_and_keys(node)
    value = self.sql(base)
    if not keys:
        if kind(base) == "element":
            raise UntranslatableError("an element of a JSON array is used as JSON")
        return value
    member, raw_text = _member_json(value, keys), _member_text(value, keys)
    return f"(CASE SUBSTRING({member}, 1, 1) WHEN '{{' THEN {raw_text} WHEN '[' THEN {raw_text} ELSE {member} END)"


def _member_json(value: str, keys: Sequence[str]) -> str:
    """Return the JSON text of a member; the members of an object have another order."""
    return f"TO_JSON(VARIANT_GET(PARSE_JSON({value}), {_json_path(keys)}))"


def unordered_json(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the JSON text of a value, where the order of the members of an object does not matter."""
    base, keys = _root_and_keys(node)
    return _member_json(self.sql(base), keys) if keys else f"TO_JSON(PARSE_JSON({exact_json(self, node)}))"


def exists_condition(self: SparkGenerator, node: exp.Expr) -> str:
    """Return whether there is a JSON value, which can be JSON's null."""
    base, keys = _root_and_keys(node)
    return f"{_member_json(self.sql(base), keys) if keys else self.sql(base)} IS NOT NULL"


def container_json(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the JSON text of an object or array, or of an element of an array."""
    return self.sql(node.unnest()) if kind(node) == "element" else exact_json(self, node)


def scalar_text(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the text of a JSON value: a string without its quotes; NULL for JSON's null."""
    base, keys = _root_and_keys(node)
    value = self.sql(base)
    if keys or kind(base) == "element":
        return _member_text(value, keys) if keys else value
    return f"FROM_JSON(CONCAT('{{\"v\":', {value}, '}}'), 'struct<v:string>').v"


def parsed_json(self: SparkGenerator, node: exp.Expr, spark_schema: str) -> str:
    """Return a JSON value in a type of Spark; NULL if it is a JSON value of another type."""
    base, keys = _root_and_keys(node)
    value = self.sql(base)
    if not all(map(is_plain_key, keys)):
        value, keys = exact_json(self, node), []
    if not keys:
        # A JSON array at the top may become an array of one object, and reverse, but not inside of a struct.
        return f"FROM_JSON(CONCAT('{{\"v\":', {value}, '}}'), {quote(f'struct<v:{spark_schema}>')}).v"
    return _parse_member(value, keys, spark_schema)


def _parse_member(value: str, keys: Sequence[str], spark_schema: str) -> str:
    schema = spark_schema
    for key in reversed(keys):
        schema = f"struct<`{key}`:{schema}>"
    return f"FROM_JSON({value}, {quote(schema)}).{'.'.join(f'`{key}`' for key in keys)}"


def member_at(node: exp.Expr, path: exp.Expr | None) -> exp.Expr:
    """Return the member of a JSON value at a path, if there is one."""
    if path is None:
        return node
    if parse_path_keys(path) is None:
        raise UntranslatableError("a JSON path is not a literal")
    return exp.JSONExtract(this=node, expression=path)


def _write_json_extract(self: SparkGenerator, node: exp.Expr) -> str:
    keys = parse_path_keys(node.expression)
    if keys is None:
        return _write_extract_by_key(self, node)
    if _WILDCARD in keys:
        return _members_of_elements(self, node, keys)
    member = member_at(node.this, node.expression)
    return scalar_text(self, member) if isinstance(node, exp.JSONExtractScalar) else exact_json(self, member)


def _write_extract_by_key(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the member whose key is an expression, the last part of a JSON pointer or of a JSON path."""
    first, *other_parts = concatenated_parts(node.expression)
    prefix, key = constant_text(first), other_parts[0] if len(other_parts) == 1 else None
    if prefix == "/" and key is not None and (unescaped := _unescaped_pointer_key(key)) is not None:
        return (
            f"TRY_ELEMENT_AT(FROM_JSON({container_json(self, node.this)}, 'map<string,string>'), {self.sql(unescaped)})"
        )
    parent = _PARENT_PATH_PATTERN.fullmatch(prefix or "")
    if parent is None or key is None or not isinstance(node, exp.JSONExtractScalar):
        raise UntranslatableError("a JSON path is not a literal")
    value, last_key, parent_keys = container_json(self, node.this), self.sql(key), parent[1].split(".")[1:]
    parent_json = f"GET_JSON_OBJECT({value}, {_json_path(parent_keys)})" if parent_keys else value
    # Sail reads one path for all elements of a list: the path is used for a key with the marks of a path only.
    return (
        f"(CASE WHEN {last_key} RLIKE {quote(_PATH_SYNTAX_PATTERN)} THEN GET_JSON_OBJECT({value}, {self.sql(node.expression)}) "
        f"ELSE TRY_ELEMENT_AT(FROM_JSON({parent_json}, 'map<string,string>'), {last_key}) END)"
    )


def _unescaped_pointer_key(node: exp.Expr) -> exp.Expr | None:
    """Return the key that replace(replace(key, '~', '~0'), '/', '~1') escapes for a JSON pointer."""
    for old, new in (("/", "~1"), ("~", "~0")):
        node = node.unnest()
        if not isinstance(node, exp.Replace) or [
            constant_text(node.expression),
            constant_text(node.args["replacement"]),
        ] != [
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
    keys_before, keys_after = keys[:wildcard], keys[wildcard + 1 :]
    path = exp.JSONPath(expressions=[_path_part(key) for key in keys_before])
    array = parsed_json(
        self, exp.JSONExtract(this=node.this, expression=path) if keys_before else node.this, "array<string>"
    )
    lists = f"COALESCE({array}, (CASE WHEN {exists_condition(self, node.this)} THEN {EMPTY_LIST_SQL} END))"
    if _WILDCARD in keys_after:
        inner = keys_after.index(_WILDCARD)
        if _WILDCARD in keys_after[inner + 1 :]:
            raise UntranslatableError("a JSON path has three wildcards")
        array = f"GET_JSON_OBJECT(j, {_json_path(keys_after[:inner])})" if inner else "j"
        lists = f"FLATTEN(FILTER(TRANSFORM({lists}, j -> FROM_JSON({array}, 'array<string>')), j -> j IS NOT NULL))"
        keys_after = keys_after[inner + 1 :]
    if not keys_after:
        return lists
    *parents, last_key = keys_after
    if last_key.startswith("["):
        raise UntranslatableError("a JSON path has an index after a wildcard")
    parent_json = f"GET_JSON_OBJECT(j, {_json_path(parents)})" if parents else "j"
    has_key = f"MAP_CONTAINS_KEY(FROM_JSON({parent_json}, 'map<string,string>'), {quote(last_key)})"
    return f"TRANSFORM(FILTER({lists}, j -> {has_key}), j -> GET_JSON_OBJECT(j, {_json_path(keys_after)}))"


WRITERS: dict[type[exp.Expr], Writer] = {
    exp.JSONExtract: _write_json_extract,
    exp.JSONExtractScalar: _write_json_extract,
}
