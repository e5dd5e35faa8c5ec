"""Casts, and functions of text."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.names import quote
from iamsql.lake.engines.spark.types import INTEGER_KINDS, element_type, kind, spark_type
from iamsql.lake.engines.spark.writers.json_functions import to_json
from iamsql.lake.engines.spark.writers.json_values import exact_json, parsed_json, scalar_text
from iamsql.lake.engines.spark.writers.lists import list_sql
from iamsql.lake.engines.spark.writers.literals import Writer, constant_text, whole_number
from iamsql.lake.engines.spark.writers.regex import SPECIAL_CHARACTERS

_SAME_TEXT_KINDS = (
    *INTEGER_KINDS,
    "boolean",
    "date",
    "timestamp",
    "null",
    "decimal",
    "double",
)  # doubles below 10 million


def to_text(self: SparkGenerator, node: exp.Expr) -> str:
    """Return a value as the text that DuckDB writes."""
    type_name = kind(node)
    if isinstance(node, exp.Null):
        return "CAST(NULL AS STRING)"
    if type_name == "text":
        return self.sql(node)
    if type_name == "json":
        return exact_json(self, node)
    if type_name == "timestamptz":
        return f"CONCAT(CAST({self.sql(node)} AS STRING), '+00')"
    if type_name not in _SAME_TEXT_KINDS:
        reason = f"a value of the type {type_name or 'unknown'} is converted to text"
        raise UntranslatableError("an element of a JSON array is used as JSON" if type_name == "element" else reason)
    return f"CAST({self.sql(node)} AS STRING)"


# -- casts -----------------------------------------------------------------------------------------------------------------


def _write_cast(self: SparkGenerator, node: exp.Expr) -> str:
    to, value, is_try = node.args["to"], node.this, isinstance(node, exp.TryCast)
    source, target = kind(value), kind(to)
    if isinstance(value, exp.Null):
        return f"CAST(NULL AS {spark_type(to)})"
    if target == "json":
        return _write_cast_to_json(self, value, is_try=is_try)
    if target == "text":
        return to_text(self, value)
    if source in ("json", "element"):
        return _write_cast_from_json(self, value, to)
    if source == "text" and target in INTEGER_KINDS:
        return _integer_of_text(self.sql(value), to)
    if source in ("double", "decimal") and target in INTEGER_KINDS:
        number = self.sql(value)
        rounded_sql = f"(CASE WHEN ABS({number} % 1) = 0.5 THEN 2 * ROUND({number} / 2) ELSE ROUND({number}) END)"
        return f"CAST({rounded_sql if source == 'double' else f'ROUND({number})'} AS {spark_type(to)})"
    if source == "list":
        return _write_list_cast(self, value, to)
    if target == "list" and source != "null":
        raise UntranslatableError(f"a {source} is cast to a list")
    return f"{'TRY_CAST' if is_try or source == 'text' else 'CAST'}({self.sql(value)} AS {spark_type(to)})"


def _write_list_cast(self: SparkGenerator, value: exp.Expr, to: exp.DataType) -> str:
    source_kind, target_kind = kind(element_type(value)), kind(element_type(to))
    if source_kind == "element" and target_kind != "json":
        raise UntranslatableError("the elements of a JSON array are cast")
    if source_kind in ("json", "element") and target_kind in ("json", "text"):
        return self.sql(value)
    if isinstance(value, exp.Array) and not value.expressions:
        return f"CAST(ARRAY() AS {spark_type(to)})"
    return f"CAST({self.sql(value)} AS {spark_type(to)})"


def _write_cast_to_json(self: SparkGenerator, value: exp.Expr, *, is_try: bool) -> str:
    if kind(value) == "text" and is_try:
        value_sql = self.sql(value)
        return f"(CASE WHEN GET_JSON_OBJECT({value_sql}, '$') IS NOT NULL OR TRIM({value_sql}) = 'null' THEN {value_sql} END)"
    return (
        exact_json(self, value)
        if kind(value) == "json"
        else self.sql(value)
        if kind(value) == "text"
        else to_json(self, value)
    )


def _write_cast_from_json(self: SparkGenerator, value: exp.Expr, to: exp.DataType) -> str:
    target = kind(to)
    if target == "list" and kind(element_type(to)) in ("text", "json"):
        return parsed_json(self, value, "array<string>")
    if target in ("list", "struct"):
        fields = (element_type(to) or to).expressions if target == "list" else to.expressions
        if any(kind(field.args.get("kind")) in ("timestamp", "timestamptz", "date", "list") for field in fields):
            raise UntranslatableError(f"JSON is cast to a {target}")
        return parsed_json(self, value, spark_type(to))
    value_sql = scalar_text(self, value)
    return _integer_of_text(value_sql, to) if target in INTEGER_KINDS else f"TRY_CAST({value_sql} AS {spark_type(to)})"


def _integer_of_text(value_sql: str, to: exp.DataType) -> str:
    """Return the integer in text. DuckDB accepts '1.5' and rounds it; Spark does not."""
    return f"TRY_CAST(ROUND(TRY_CAST({value_sql} AS DECIMAL(38,6))) AS {spark_type(to)})"


# -- texts -----------------------------------------------------------------------------------------------------------------


def _write_concat(self: SparkGenerator, node: exp.Expr) -> str:
    if any(kind(part) == "list" for part in node.expressions):
        raise UntranslatableError("concat joins lists")
    parts = [part for part in node.expressions if not isinstance(part, exp.Null)]
    texts = (self.sql(part) if part.is_string else f"COALESCE({to_text(self, part)}, '')" for part in parts)
    return f"CONCAT({', '.join(texts)})"


def _write_pipe(self: SparkGenerator, node: exp.Expr) -> str:
    write = list_sql if kind(node) == "list" else to_text
    return f"CONCAT({write(self, node.this)}, {write(self, node.expression)})"


def _write_concat_ws(self: SparkGenerator, node: exp.Expr) -> str:
    separator, *parts = node.expressions
    return f"CONCAT_WS({self.sql(separator)}, {', '.join(to_text(self, part) for part in parts if not isinstance(part, exp.Null))})"


def _write_substring(self: SparkGenerator, node: exp.Expr) -> str:
    if not whole_number(node.args.get("start")):
        raise UntranslatableError("substring has a start that is not a literal")
    length = f", {self.sql(node, 'length')}" if node.args.get("length") is not None else ""
    return f"SUBSTRING({to_text(self, node.this)}, {self.sql(node, 'start')}{length})"


def _write_left(self: SparkGenerator, node: exp.Expr) -> str:
    if whole_number(node.expression) is None:
        raise UntranslatableError("left has a length that is not a literal")
    return f"{node.key.upper()}({to_text(self, node.this)}, {self.sql(node.expression)})"


def _write_split_part(self: SparkGenerator, node: exp.Expr) -> str:
    if not constant_text(node.args["delimiter"]) or whole_number(node.args["part_index"]) == 0:
        raise UntranslatableError("split_part has a separator that is not a literal, or the index 0")
    return f"SPLIT_PART({to_text(self, node.this)}, {self.sql(node, 'delimiter')}, CAST({self.sql(node, 'part_index')} AS INT))"


def _write_split(self: SparkGenerator, node: exp.Expr) -> str:
    separator = constant_text(node.expression)
    if not separator:
        raise UntranslatableError("string_split has a separator that is not a literal")
    pattern = "".join(f"\\{character}" if character in SPECIAL_CHARACTERS else character for character in separator)
    return f"SPLIT({to_text(self, node.this)}, {quote(pattern)}, -1)"


def _write_trim(self: SparkGenerator, node: exp.Expr) -> str:
    characters = self.sql(node.expression) if node.args.get("expression") is not None else "' '"
    return f"TRIM({str(node.args.get('position') or 'BOTH').upper()} {characters} FROM {to_text(self, node.this)})"


def _text_function_writer(name: str, *keys: str) -> Writer:
    """Return the writer of a function whose arguments are text."""
    return lambda self, node: f"{name}({', '.join(to_text(self, node.args[key]) for key in keys)})"


WRITERS: dict[type[exp.Expr], Writer] = {
    exp.Cast: _write_cast,
    exp.TryCast: _write_cast,
    exp.Concat: _write_concat,
    exp.ConcatWs: _write_concat_ws,
    exp.DPipe: _write_pipe,
    exp.Lower: _text_function_writer("LOWER", "this"),
    exp.Upper: _text_function_writer("UPPER", "this"),
    exp.MD5: _text_function_writer("MD5", "this"),
    exp.StartsWith: _text_function_writer("STARTSWITH", "this", "expression"),
    exp.EndsWith: _text_function_writer("ENDSWITH", "this", "expression"),
    exp.Replace: _text_function_writer("REPLACE", "this", "expression", "replacement"),
    exp.Substring: _write_substring,
    exp.Left: _write_left,
    exp.Right: _write_left,
    exp.SplitPart: _write_split_part,
    exp.Split: _write_split,
    exp.Trim: _write_trim,
    exp.Repeat: lambda self, node: f"REPEAT({to_text(self, node.this)}, CAST({self.sql(node, 'times')} AS INT))",
}
CALLS = {
    "strlen": lambda self, arguments: f"OCTET_LENGTH({to_text(self, arguments[0])})",
    "url_decode": lambda self, arguments: f"URL_DECODE({self.sql(arguments[0])})",
}
