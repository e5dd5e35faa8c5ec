"""The functions of JSON values: their type, length and keys, and JSON made of other values."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.names import EMPTY_LIST_SQL, quote, quote_name
from iamsql.lake.engines.spark.types import element_type, kind
from iamsql.lake.engines.spark.writers.json_values import exists_condition, member_at, parsed_json, unordered_json
from iamsql.lake.engines.spark.writers.literals import Writer, constant_text


def _write_json_type(self: SparkGenerator, node: exp.Expr) -> str:
    if kind(node.this) == "element" and node.args.get("expression") is None:
        raise UntranslatableError("the type of an element of a JSON array is used")
    value = unordered_json(self, member_at(node.this, node.args.get("expression")))
    number = (
        f"CASE WHEN {value} RLIKE '[.eE]' THEN 'DOUBLE' WHEN {value} LIKE '-%' THEN 'BIGINT' "
        f"WHEN {value} IS NOT NULL THEN 'UBIGINT' END"
    )
    types_by_first_character = {
        "{": "OBJECT",
        "[": "ARRAY",
        '"': "VARCHAR",
        "t": "BOOLEAN",
        "f": "BOOLEAN",
        "n": "NULL",
    }
    whens = " ".join(f"WHEN '{first}' THEN '{kind_}'" for first, kind_ in types_by_first_character.items())
    return f"(CASE SUBSTRING({value}, 1, 1) {whens} ELSE {number} END)"


def _write_json_keys(self: SparkGenerator, node: exp.Expr) -> str:
    value = member_at(node.this, node.args.get("expression"))
    # Sail's local cluster has no json_object_keys. A map of Sail has a key once, as has an object that AWS returns.
    keys = f"MAP_KEYS({parsed_json(self, value, 'map<string,string>')})"
    return f"COALESCE({keys}, (CASE WHEN {exists_condition(self, value)} THEN {EMPTY_LIST_SQL} END))"


def _write_json_length(self: SparkGenerator, arguments: Sequence[exp.Expr]) -> str:
    value = member_at(arguments[0], arguments[1] if len(arguments) > 1 else None)
    size = f"ARRAY_SIZE({parsed_json(self, value, 'array<string>')})"
    return f"CAST(COALESCE({size}, (CASE WHEN {exists_condition(self, value)} THEN 0 END)) AS BIGINT)"


def _write_json_exists(self: SparkGenerator, arguments: Sequence[exp.Expr]) -> str:
    value_exists = exists_condition(self, arguments[0])
    member_exists = exists_condition(self, member_at(arguments[0], arguments[1]))
    return f"(CASE WHEN {value_exists} THEN {member_exists} END)"


def to_json(self: SparkGenerator, value: exp.Expr) -> str:
    """Return the JSON text of a value of any type."""
    type_name, text = kind(value), self.sql(value)
    if type_name == "struct":
        if isinstance(value, exp.Struct):
            return _object_text(self, [part for pair in value.expressions for part in (pair.this, pair.expression)])
        raise UntranslatableError("a struct is converted to JSON")
    if type_name == "list" and kind(element_type(value)) in ("text", "null"):
        return f"TO_JSON({text})"
    if type_name == "list" and (inner := element_type(value)) is not None:
        item = exp.to_identifier("j")
        item.type = inner
        texts = text if kind(inner) == "json" else f"TRANSFORM({text}, `j` -> {to_json(self, item)})"
        return f"CONCAT('[', ARRAY_JOIN({texts}, ',', 'null'), ']')"
    return _scalar_to_json(self, value, text)


def _scalar_to_json(self: SparkGenerator, value: exp.Expr, text: str) -> str:
    type_name = kind(value)
    if type_name == "json":
        if isinstance(value.unnest(), exp.JSONExtract | exp.JSONObject | exp.JSONArray):
            return text
        compact = f"FROM_JSON(CONCAT('{{\"v\":', {text}, '}}'), 'struct<v:string>').v"  # it would remove the quotes of a string
        return f"(CASE WHEN TRIM({text}) RLIKE '^[\\\\[{{]' THEN {compact} ELSE {text} END)"
    if type_name == "text":
        array = f"TO_JSON(ARRAY({text}))"
        return f"(CASE WHEN {text} IS NOT NULL THEN SUBSTRING({array}, 2, LENGTH({array}) - 2) END)"
    if type_name in ("integer", "bigint", "hugeint", "boolean", "null"):
        return f"CAST({text} AS STRING)"
    raise UntranslatableError(
        "an element of a JSON array is used as JSON"
        if type_name == "element"
        else f"a value of the type {type_name} is converted to JSON"
    )


def _object_text(self: SparkGenerator, parts: Sequence[exp.Expr]) -> str:
    members = list[str]()
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        text = key.name if isinstance(key, exp.Identifier) else constant_text(key)
        if text is None or any(character in '"\\' or ord(character) < 32 for character in text):
            raise UntranslatableError("a key of a JSON object is not a literal, or has quotes")
        prefix = quote(f'{"," if members else ""}"{text}":')
        members.append(f"{prefix}, COALESCE({to_json(self, value)}, 'null')")
    return f"CONCAT('{{', {', '.join([*members, chr(39) + '}' + chr(39)])})"


def _write_json_array(self: SparkGenerator, parts: Sequence[exp.Expr]) -> str:
    texts = [f"COALESCE({to_json(self, value)}, 'null')" for value in parts]
    return f"CONCAT('[', CONCAT_WS(',', {', '.join(texts)}), ']')" if texts else "'[]'"


def _write_dot(self: SparkGenerator, node: exp.Expr) -> str:
    return f"{self.sql(node.this)}.{quote_name(node.expression.name)}"


def _write_struct(self: SparkGenerator, node: exp.Expr) -> str:
    return f"NAMED_STRUCT({', '.join(f'{quote(part.this.name)}, {self.sql(part.expression)}' for part in node.expressions)})"


def _write_tuple(self: SparkGenerator, node: exp.Expr) -> str:
    return f"{'' if isinstance(node.parent, exp.Values) else 'STRUCT'}({', '.join(map(self.sql, node.expressions))})"


def _write_json_object(self: SparkGenerator, node: exp.Expr) -> str:
    return _object_text(self, [part for pair in node.expressions for part in (pair.this, pair.expression)])


WRITERS: dict[type[exp.Expr], Writer] = {
    exp.JSONType: _write_json_type,
    exp.JSONKeys: _write_json_keys,
    exp.JSONObject: _write_json_object,
    exp.JSONArray: lambda self, node: _write_json_array(self, node.expressions),
    exp.Struct: _write_struct,
    exp.Tuple: _write_tuple,
    exp.Dot: _write_dot,
}
CALLS = {
    "json_array_length": _write_json_length,
    "json_exists": _write_json_exists,
    "to_json": lambda self, arguments: to_json(self, arguments[0]),
    "json_quote": lambda self, arguments: to_json(self, arguments[0]),
}
