"""Texts: concatenation, which converts numbers, and functions of texts."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, function, syntax
from iamsql.lake.engines.spark.rules.json_values import exact_text
from iamsql.lake.engines.spark.types import BIGINT, BOOLEAN, VARCHAR, common, list_of
from iamsql.lake.engines.spark.values import Value, call, cast, literal, quote

_SPECIAL = set("\\.[]{}()*+-?^$|#&~")


def text_of(value: Value) -> str:
    """Return the text of a value as DuckDB writes it."""
    kind = value.type.name
    if kind == "varchar":
        return value.sql
    if kind == "json":
        return exact_text(value)
    if kind == "timestamptz":
        return call("concat", f"cast({value.sql} as string)", quote("+00"))
    if kind in ("integer", "bigint", "hugeint", "boolean", "date", "timestamp", "null", "decimal"):
        return f"cast({value.sql} as string)"
    if kind == "double":  # both write a double below 10 million alike
        return f"cast({value.sql} as string)"
    raise Untranslatable(f"a value of the type {kind} is converted to text")


def _is_empty(value: Value) -> bool:
    return value.type.name == "null"


@syntax(exp.Concat)
def _concat(node: exp.Expr, of: Translator) -> Value:
    parts = [of.value(part) for part in node.expressions]
    if any(part.type.name == "list" for part in parts):
        raise Untranslatable("concat joins lists")
    texts = [
        part.sql if part.text is not None else f"coalesce({text_of(part)}, '')" for part in parts if not _is_empty(part)
    ]
    known = "".join(part.text for part in parts if part.text is not None)
    is_known = all(part.text is not None for part in parts if not _is_empty(part))
    return literal(known) if is_known else Value(call("concat", *texts), VARCHAR)


@syntax(exp.ConcatWs)
def _concat_ws(node: exp.Expr, of: Translator) -> Value:
    separator, *parts = (of.value(part) for part in node.expressions)
    texts = [text_of(part) for part in parts if not _is_empty(part)]
    return Value(call("concat_ws", separator, *texts), VARCHAR)


@syntax(exp.DPipe)
def _pipe(node: exp.Expr, of: Translator) -> Value:
    left, right = of.value(node.this), of.value(node.expression)
    if "list" in (left.type.name, right.type.name):
        kind = common([left.type, right.type])
        return Value(call("concat", cast(left, kind), cast(right, kind)), kind)
    if left.text is not None and right.text is not None:
        return literal(left.text + right.text)
    return Value(call("concat", text_of(left), text_of(right)), VARCHAR)


def _unary(node_type: type[exp.Expr], spark: str) -> None:
    @syntax(node_type)
    def rule(node: exp.Expr, of: Translator) -> Value:
        return Value(call(spark, text_of(of.value(node.this))), VARCHAR)


for _type, _spark in ((exp.Lower, "lower"), (exp.Upper, "upper"), (exp.MD5, "md5")):
    _unary(_type, _spark)


@function("strlen")
def _bytes(node: exp.Expr, of: Translator) -> Value:
    return Value(f"cast({call('octet_length', text_of(of.value(node.expressions[0])))} as bigint)", BIGINT)


@syntax(exp.StartsWith, exp.EndsWith, exp.Contains)
def _affix(node: exp.Expr, of: Translator) -> Value:
    names: dict[type[exp.Expr], str] = {
        exp.StartsWith: "startswith",
        exp.EndsWith: "endswith",
        exp.Contains: "contains",
    }
    text, part = text_of(of.value(node.this)), text_of(of.value(node.expression))
    return Value(call(names[type(node)], text, part), BOOLEAN)


@syntax(exp.SplitPart)
def _split_part(node: exp.Expr, of: Translator) -> Value:
    text, separator, place = of.value(node.this), of.value(node.args["delimiter"]), of.value(node.args["part_index"])
    if not separator.text:
        raise Untranslatable("split_part has a separator that is not a literal")
    if place.sql == "0":
        raise Untranslatable("split_part has the index 0")
    return Value(call("split_part", text_of(text), separator, f"cast({place.sql} as int)"), VARCHAR)


@syntax(exp.Split)
def _split(node: exp.Expr, of: Translator) -> Value:
    text, separator = of.value(node.this), of.value(node.expression)
    if not separator.text:
        raise Untranslatable("string_split has a separator that is not a literal")
    pattern = "".join(f"\\{character}" if character in _SPECIAL else character for character in separator.text)
    return Value(call("split", text_of(text), quote(pattern), "-1"), list_of(VARCHAR))


@syntax(exp.Replace)
def _replace(node: exp.Expr, of: Translator) -> Value:
    parts = (of.value(part) for part in (node.this, node.expression, node.args["replacement"]))
    return Value(call("replace", *map(text_of, parts)), VARCHAR)


@syntax(exp.Repeat)
def _repeat(node: exp.Expr, of: Translator) -> Value:
    text, times = of.value(node.this), of.value(node.args["times"])
    return Value(call("repeat", text_of(text), f"cast({times.sql} as int)"), VARCHAR)


@syntax(exp.Left, exp.Right)
def _left(node: exp.Expr, of: Translator) -> Value:
    count = of.value(node.expression)
    if not count.sql.isdigit():
        raise Untranslatable("left has a length that is not a literal")
    return Value(call("left" if isinstance(node, exp.Left) else "right", text_of(of.value(node.this)), count), VARCHAR)


@syntax(exp.Substring)
def _substring(node: exp.Expr, of: Translator) -> Value:
    start, length = of.value(node.args["start"]), node.args.get("length")
    if not start.sql.isdigit() or start.sql == "0":
        raise Untranslatable("substring has a start that is not a literal")
    more = [] if length is None else [of.value(length)]
    return Value(call("substring", text_of(of.value(node.this)), start, *more), VARCHAR)


@syntax(exp.Trim)
def _trim(node: exp.Expr, of: Translator) -> Value:
    text = text_of(of.value(node.this))
    characters = of.value(node.expression).sql if node.args.get("expression") is not None else quote(" ")
    side = str(node.args.get("position") or "BOTH").upper()
    return Value(f"trim({side} {characters} FROM {text})", VARCHAR)


@syntax(exp.Pad)
def _pad(node: exp.Expr, of: Translator) -> Value:
    name = "lpad" if node.args.get("is_left") else "rpad"
    parts = (of.value(part) for part in (node.this, node.expression, node.args["fill_pattern"]))
    return Value(call(name, *parts), VARCHAR)


@function("url_decode")
def _url_decode(node: exp.Expr, of: Translator) -> Value:
    return Value(call("url_decode", of.value(node.expressions[0])), VARCHAR)
