"""The functions of JSON values: their type, length and keys, and JSON made of other values."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, function, syntax
from iamsql.lake.engines.spark.rules.json_values import exact_text, is_json_null, parsed, quoted, with_path
from iamsql.lake.engines.spark.types import BIGINT, BOOLEAN, JSON, VARCHAR, list_of
from iamsql.lake.engines.spark.values import Value, call, quote

_NESTED = r"^[\{\[]"  # the text of an object or an array
_KINDS = (  # as Spark names the type of a value, and as DuckDB does
    ("STRING", "VARCHAR"),
    ("OBJECT", "OBJECT"),
    ("ARRAY", "ARRAY"),
    ("BOOLEAN", "BOOLEAN"),
    ("VOID", "NULL"),
)


@syntax(exp.JSONType)
def _type(node: exp.Expr, of: Translator) -> Value:
    path = [] if node.args.get("expression") is None else [node.expression]
    value = with_path(node, [node.this, *path], of)
    if value.is_loose:
        raise Untranslatable("the type of an element of a JSON array is used")
    if not value.root:
        schema = call("schema_of_variant", call("parse_json", value))
        whens = " ".join(
            f"WHEN {call('startswith', schema, quote(theirs))} THEN {quote(ours)}" for theirs, ours in _KINDS
        )
        number = (
            f"CASE WHEN {schema} <> 'BIGINT' THEN 'DOUBLE' WHEN {value.sql} LIKE '%-%' THEN 'BIGINT' ELSE 'UBIGINT' END"
        )
        return Value(f"(CASE WHEN {value.sql} IS NULL THEN NULL {whens} ELSE {number} END)", VARCHAR)
    number = (
        f"CASE WHEN {value.sql} RLIKE '[.eE]' THEN 'DOUBLE' WHEN {value.sql} LIKE '-%' THEN 'BIGINT' ELSE 'UBIGINT' END"
    )
    kinds = (("map<string,string>", "OBJECT"), ("array<string>", "ARRAY"), ("boolean", "BOOLEAN"))
    whens = " ".join(f"WHEN {parsed(value, kind)} IS NOT NULL THEN {quote(ours)}" for kind, ours in kinds)
    absent = f"(CASE WHEN {is_json_null(value)} THEN 'NULL' END)"
    return Value(
        f"(CASE WHEN {value.sql} IS NULL THEN {absent} {whens} "
        f"WHEN {value.sql} RLIKE '^-?[0-9]' AND {parsed(value, 'double')} IS NOT NULL THEN {number} ELSE 'VARCHAR' END)",
        VARCHAR,
    )


@function("json_array_length")
def _length(node: exp.Expr, of: Translator) -> Value:
    value = with_path(node, node.expressions, of)
    size = call("array_size", parsed(value, "array<string>"))
    absent = f"{value.sql} IS NULL" + (f" AND NOT {is_json_null(value)}" if value.root else "")
    return Value(f"cast((CASE WHEN {absent} THEN NULL ELSE coalesce({size}, 0) END) as bigint)", BIGINT)


@syntax(exp.JSONKeys)
def _keys(node: exp.Expr, of: Translator) -> Value:
    path = [] if node.args.get("expression") is None else [node.expression]
    value = with_path(node, [node.this, *path], of)
    # Sail's local cluster has no json_object_keys. A map of Sail has a key once, as has an object that AWS returns.
    keys = call("map_keys", parsed(value, "map<string,string>"))
    absent = f"{value.sql} IS NULL" + (f" AND NOT {is_json_null(value)}" if value.root else "")
    empty = "cast(array() as array<string>)"
    return Value(f"(CASE WHEN {absent} THEN NULL ELSE coalesce({keys}, {empty}) END)", list_of(VARCHAR))


@function("json_exists")
def _exists(node: exp.Expr, of: Translator) -> Value:
    value = with_path(node, node.expressions, of)
    found = f"({value.sql} IS NOT NULL OR {is_json_null(value)})"
    return Value(f"(CASE WHEN {value.root} IS NOT NULL THEN {found} END)", BOOLEAN)


@function("to_json")
def _to_json(node: exp.Expr, of: Translator) -> Value:
    return Value(json_text(of.value(node.expressions[0])), JSON)


def json_text(value: Value) -> str:
    """Return the SQL of the JSON text of a value."""
    kind = value.type
    if kind.name == "json":
        if value.root or value.is_loose:
            return exact_text(value)
        is_nested = f"trim({value.sql}) RLIKE {quote(_NESTED)}"  # from_json would remove the quotes of a string
        return f"(CASE WHEN {is_nested} THEN {parsed(value, 'string')} ELSE {value.sql} END)"
    if value.parts:
        return _object_text(value.parts)
    if kind.name == "varchar":
        return f"(CASE WHEN {value.sql} IS NOT NULL THEN {quoted(value.sql)} END)"
    if kind.name == "list" and kind.element == VARCHAR:
        return call("to_json", value)
    if kind.name == "list" and kind.element is not None and not value.is_loose:
        texts = call("transform", value, f"j -> coalesce({json_text(Value('j', kind.element))}, 'null')")
        return call("concat", quote("["), call("array_join", texts, quote(",")), quote("]"))
    if kind.name == "struct":
        parts = {name: Value(f"{value.sql}.`{name}`", part) for name, part in kind.members}
        return f"(CASE WHEN {value.sql} IS NOT NULL THEN {json_text(Value(value.sql, kind, parts=parts))} END)"
    if kind.name in ("integer", "bigint", "hugeint", "boolean", "null"):
        return f"cast({value.sql} as string)"
    raise Untranslatable(f"a value of the type {kind.name} is converted to JSON")


def _key(key: str) -> str:
    if any(character in '"\\' or ord(character) < 32 for character in key):
        raise Untranslatable("a key of a JSON object has quotes")
    return f'"{key}":'


@syntax(exp.JSONObject)
def _object(node: exp.Expr, of: Translator) -> Value:
    parts = {}
    for pair in node.expressions:
        key = of.value(pair.this)
        if key.text is None:
            raise Untranslatable("a key of a JSON object is not a literal")
        parts[key.text] = of.value(pair.expression)
    return Value(_object_text(parts), JSON)


def _object_text(parts: Mapping[str, Value]) -> str:
    members = [
        call("concat", quote(("," if place else "") + _key(key)), f"coalesce({json_text(part)}, 'null')")
        for place, (key, part) in enumerate(parts.items())
    ]
    return call("concat", quote("{"), *members, quote("}"))


@syntax(exp.JSONArray)
def _array(node: exp.Expr, of: Translator) -> Value:
    items = [f"coalesce({json_text(of.value(item))}, 'null')" for item in node.expressions]
    return Value(call("concat", quote("["), call("concat_ws", quote(","), *items), quote("]")), JSON)
