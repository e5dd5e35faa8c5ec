"""sqlglot's generator for Spark, with overrides for what the comparison with DuckDB's answers found wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from iamsql.dialect.spark.errors import Untranslatable
from iamsql.dialect.spark.rules.patterns import regex
from iamsql.dialect.spark.types import from_tree
from iamsql.dialect.spark.values import is_plain, quote

_POINTER = re.compile(r"CONCAT\('/', REPLACE\(REPLACE\((.*), '~', '~0'\), '/', '~1'\)\)")
_LAST_KEY = re.compile(r"CONCAT\('\$((?:\.[A-Za-z_]\w*)*)\.', (.*)\)")
_SPECIAL = set("\\.[]{}()*+-?^$|#&~")
_UNITS = {"to_days": "DAY", "to_hours": "HOUR", "to_minutes": "MINUTE", "to_seconds": "SECOND"}
_MICROS = {
    "SECOND": 10**6,
    "MINUTE": 60 * 10**6,
    "HOUR": 3600 * 10**6,
    "DAY": 86400 * 10**6,
    "WEEK": 7 * 86400 * 10**6,
    "MILLISECOND": 1000,
}
EMPTY = "CAST(ARRAY() AS ARRAY<STRING>)"


def kind(node: exp.Expr | None) -> str:
    """Return the kind of the value of a node in DuckDB."""
    if isinstance(node, exp.Paren):
        return kind(node.this)
    if isinstance(node, exp.DataType):
        found: exp.DataType | None = node
    else:
        found = node.type if node is not None else None
    this = found.this if found is not None else None
    if this in exp.DataType.TEXT_TYPES:
        return "text"
    if this in (exp.DType.ARRAY, exp.DType.LIST):
        return "list"
    if this in exp.DataType.INTEGER_TYPES:
        return "integer"
    names = {
        exp.DType.JSON: "json",
        exp.DType.STRUCT: "struct",
        exp.DType.BOOLEAN: "boolean",
        exp.DType.DATE: "date",
        exp.DType.TIMESTAMPTZ: "timestamptz",
        exp.DType.TIMESTAMP: "timestamp",
        exp.DType.TIMESTAMPNTZ: "timestamp",
        exp.DType.DOUBLE: "double",
        exp.DType.INTERVAL: "interval",
        exp.DType.DECIMAL: "decimal",
    }
    return names.get(this, "unknown")


def element(node: exp.Expr) -> exp.DataType | None:
    """Return the type of the elements of a list."""
    inner = node.type.expressions if node.type is not None else []
    return inner[0] if inner and isinstance(inner[0], exp.DataType) else None


# -- JSON ------------------------------------------------------------------------------------------------------------------


def _keys(path: exp.Expr) -> list[str] | None:
    """Return the keys of a literal path; '*' is a wildcard."""
    if isinstance(path, exp.Literal):
        text = path.name
        if not text.startswith("$"):
            return [text]
        return [part for part in text[1:].split(".") if part]
    if not isinstance(path, exp.JSONPath):
        return None
    keys = []
    for part in path.expressions:
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            keys.append(part.this)
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, exp.JSONPathWildcard):
            keys.append("*")
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int) and part.this >= 0:
            keys.append(f"[{part.this}]")
        elif not isinstance(part, exp.JSONPathRoot):
            raise Untranslatable("a JSON path has a part that Spark does not have")
    return keys


def _path(keys: Sequence[str]) -> str:
    parts = [key if key.startswith("[") else f".{key}" if is_plain(key) else f"['{key}']" for key in keys]
    return quote("$" + "".join(parts))


def _root(node: exp.Expr) -> tuple[exp.Expr, list[str]]:
    """Return the value that nested extractions start from, and the keys of all of them."""
    inner = node
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.JSONExtract) and (keys := _keys(inner.expression)) is not None and "*" not in keys:
        base, before = _root(inner.this)
        return base, [*before, *keys]
    return inner, []


def _json(self: SparkGenerator, node: exp.Expr) -> tuple[str, list[str]]:
    base, keys = _root(node)
    return self.sql(base), keys


def _member(base: str, keys: Sequence[str]) -> str:
    """Return the text of a member: a string without quotes. FROM_JSON writes no spaces, where GET_JSON_OBJECT of Sail copies them."""
    if not all(map(is_plain, keys)):
        return f"GET_JSON_OBJECT({base}, {_path(keys)})"
    schema = "string"
    for key in reversed(keys):
        schema = f"struct<`{key}`:{schema}>"
    return f"FROM_JSON({base}, {quote(schema)}).{'.'.join(f'`{key}`' for key in keys)}"


def _exact(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the JSON text of a value."""
    base, keys = _json(self, node)
    if not keys:
        return base
    raw, value = _member(base, keys), f"TO_JSON(VARIANT_GET(PARSE_JSON({base}), {_path(keys)}))"
    return f"(CASE WHEN {value} RLIKE '^[\\\\[{{]' THEN {raw} ELSE {value} END)"


def _scalar(self: SparkGenerator, node: exp.Expr) -> str:
    base, keys = _json(self, node)
    if keys:
        return _member(base, keys)
    return f"FROM_JSON(CONCAT('{{\"v\":', {base}, '}}'), 'struct<v:string>').v"


def _parsed(self: SparkGenerator, node: exp.Expr, spark: str) -> str:
    return f"FROM_JSON({_exact(self, node)}, {quote(spark)})"


def _elements(self: SparkGenerator, node: exp.Expr, keys: list[str]) -> str:
    place = keys.index("*")
    before, after = keys[:place], keys[place + 1 :]
    inner = exp.JSONExtract(
        this=node.this, expression=exp.JSONPath(expressions=[exp.JSONPathKey(this=key) for key in before])
    )
    value = _exact(self, inner if before else node.this)
    lists = (
        f"(CASE WHEN {value} LIKE '[%' THEN FROM_JSON({value}, 'array<string>') "
        f"WHEN {_exact(self, node.this)} IS NOT NULL THEN {EMPTY} END)"
    )
    if "*" in after:
        where = after.index("*")
        path = f"GET_JSON_OBJECT(j, {_path(after[:where])})" if where else "j"
        lists = f"FLATTEN(FILTER(TRANSFORM({lists}, j -> FROM_JSON({path}, 'array<string>')), j -> j IS NOT NULL))"
        after = after[where + 1 :]
    if not after:
        return lists
    *parents, last = after
    holder = f"GET_JSON_OBJECT(j, {_path(parents)})" if parents else "j"
    has = f"MAP_CONTAINS_KEY(FROM_JSON({holder}, 'map<string,string>'), {quote(last)})"
    return f"TRANSFORM(FILTER({lists}, j -> {has}), j -> GET_JSON_OBJECT(j, {_path(after)}))"


def _extract(self: SparkGenerator, node: exp.Expr) -> str:
    keys = _keys(node.expression)
    is_text = isinstance(node, exp.JSONExtractScalar)
    if keys is None:
        path, value = self.sql(node.expression), _exact(self, node.this)
        if pointer := _POINTER.fullmatch(path):
            return f"TRY_ELEMENT_AT(FROM_JSON({value}, 'map<string,string>'), {pointer[1]})"
        if last := _LAST_KEY.fullmatch(path):
            names = last[1].split(".")[1:]
            holder = f"GET_JSON_OBJECT({value}, {_path(names)})" if names else value
            return f"TRY_ELEMENT_AT(FROM_JSON({holder}, 'map<string,string>'), {last[2]})"
        return f"GET_JSON_OBJECT({value}, {path})"
    if "*" in keys:
        return _elements(self, node, keys)
    whole = exp.JSONExtract(this=node.this, expression=node.expression)
    return _scalar(self, whole) if is_text else _exact(self, whole)


def _with_path(node: exp.Expr, path: exp.Expr | None) -> exp.Expr:
    return node if path is None else exp.JSONExtract(this=node, expression=path)


def _json_type(self: SparkGenerator, node: exp.Expr) -> str:
    base, keys = _json(self, _with_path(node.this, node.args.get("expression")))
    value = f"TO_JSON(VARIANT_GET(PARSE_JSON({base}), {_path(keys)}))" if keys else f"TO_JSON(PARSE_JSON({base}))"
    return (
        f"(CASE WHEN {value} LIKE '{{%' THEN 'OBJECT' WHEN {value} LIKE '[%' THEN 'ARRAY' WHEN {value} LIKE '\"%' THEN 'VARCHAR' "
        f"WHEN {value} IN ('true', 'false') THEN 'BOOLEAN' WHEN {value} = 'null' THEN 'NULL' WHEN {value} RLIKE '[.eE]' THEN 'DOUBLE' "
        f"WHEN {value} LIKE '-%' THEN 'BIGINT' WHEN {value} IS NOT NULL THEN 'UBIGINT' END)"
    )


def _json_keys(self: SparkGenerator, node: exp.Expr) -> str:
    value = _exact(self, _with_path(node.this, node.args.get("expression")))
    return f"(CASE WHEN {value} LIKE '{{%' THEN MAP_KEYS(FROM_JSON({value}, 'map<string,string>')) WHEN {value} IS NOT NULL THEN {EMPTY} END)"


# -- casts and texts -------------------------------------------------------------------------------------------------------


def _text(self: SparkGenerator, node: exp.Expr) -> str:
    """Return a value as the text that DuckDB writes."""
    found = kind(node)
    if isinstance(node, exp.Null):
        return "CAST(NULL AS STRING)"
    if found in ("text", "json"):
        return self.sql(node)
    if found == "timestamptz":
        return f"CONCAT(CAST({self.sql(node)} AS STRING), '+00')"
    if found in ("list", "struct", "interval"):
        raise Untranslatable(f"a value of the type {found} is converted to text")
    return f"CAST({self.sql(node)} AS STRING)"


def _cast(self: SparkGenerator, node: exp.Expr) -> str:
    to, value, is_try = node.args["to"], node.this, isinstance(node, exp.TryCast)
    source, target = kind(value), kind(to)
    if isinstance(value, exp.Null):
        return f"CAST(NULL AS {from_tree(to).spark})"
    if target == "json":
        if source == "text" and is_try:
            text = self.sql(value)
            return f"(CASE WHEN GET_JSON_OBJECT({text}, '$') IS NOT NULL OR TRIM({text}) = 'null' THEN {text} END)"
        return self.sql(value) if source in ("text", "json", "unknown") else _to_json(self, value)
    if target == "text":
        return _text(self, value)
    spark = from_tree(to).spark
    if source == "json":
        if target in ("list", "struct"):
            inner = to.expressions[0] if target == "list" else None
            return (
                _array_of(self, value)
                if inner is not None and kind(inner) in ("text", "json")
                else _parsed(self, value, spark)
            )
        text = _scalar(self, value)
        return _integer(text, spark) if target == "integer" else f"TRY_CAST({text} AS {spark})"
    if source == "text" and target == "integer":
        return _integer(self.sql(value), spark)
    if source in ("double", "decimal") and target == "integer":
        text = self.sql(value)
        return f"CAST((CASE WHEN ABS({text} % 1) = 0.5 THEN 2 * ROUND({text} / 2) ELSE ROUND({text}) END) AS {spark})"
    if source == "list" and element(value) is not None and kind(element(value)) == "json":
        return self.sql(value)
    return f"{'TRY_CAST' if is_try or source == 'text' else 'CAST'}({self.sql(value)} AS {spark})"


def _array_of(self: SparkGenerator, value: exp.Expr) -> str:
    exact = _exact(self, value)
    return f"(CASE WHEN {exact} LIKE '[%' THEN FROM_JSON({exact}, 'array<string>') END)"


def _integer(text: str, spark: str) -> str:
    return f"TRY_CAST(ROUND(TRY_CAST({text} AS DECIMAL(38,6))) AS {spark})"


def _to_json(self: SparkGenerator, value: exp.Expr) -> str:
    found = kind(value)
    if found == "json":
        return self.sql(value)
    if found in ("text", "unknown"):
        array = f"TO_JSON(ARRAY({self.sql(value)}))"
        return f"(CASE WHEN {self.sql(value)} IS NOT NULL THEN SUBSTRING({array}, 2, LENGTH({array}) - 2) END)"
    if found in ("integer", "boolean", "double", "decimal"):
        return f"CAST({self.sql(value)} AS STRING)"
    if found == "list" and element(value) is not None and kind(element(value)) == "text":
        return f"TO_JSON({self.sql(value)})"
    if found == "list" and element(value) is not None and kind(element(value)) == "json":
        return f"CONCAT('[', ARRAY_JOIN({self.sql(value)}, ',', 'null'), ']')"
    raise Untranslatable(f"a {found} is converted to JSON")


def _json_object(self: SparkGenerator, parts: Sequence[exp.Expr]) -> str:
    pairs = zip(parts[::2], parts[1::2], strict=True)
    texts = [f"{_to_json(self, key)}, ':', COALESCE({_to_json(self, value)}, 'null')" for key, value in pairs]
    return f"CONCAT('{{', {', chr_comma, '.join(texts)}, '}}')".replace("chr_comma", "','")


def _json_array(self: SparkGenerator, parts: Sequence[exp.Expr]) -> str:
    texts = [f"COALESCE({_to_json(self, value)}, 'null')" for value in parts]
    return "CONCAT('[', " + ", ',', ".join(texts) + ", ']')"


def _concat(self: SparkGenerator, node: exp.Expr) -> str:
    parts = [part for part in node.expressions if not isinstance(part, exp.Null)]
    return f"CONCAT({', '.join(self.sql(p) if p.is_string else f'COALESCE({_text(self, p)}, {chr(39) * 2})' for p in parts)})"


def _pipe(self: SparkGenerator, node: exp.Expr) -> str:
    if "list" in (kind(node.this), kind(node.expression)):
        return f"CONCAT({self.sql(node.this)}, {self.sql(node.expression)})"
    return f"CONCAT({_text(self, node.this)}, {_text(self, node.expression)})"


def _concat_ws(self: SparkGenerator, node: exp.Expr) -> str:
    first, *parts = node.expressions
    return f"CONCAT_WS({self.sql(first)}, {', '.join(_text(self, part) for part in parts if not isinstance(part, exp.Null))})"


def _length(self: SparkGenerator, node: exp.Expr) -> str:
    return f"{'ARRAY_SIZE' if kind(node.this) == 'list' else 'CHAR_LENGTH'}({self.sql(node.this)})"


def _constant(node: exp.Expr | None) -> str | None:
    """Return the text of an expression of literals; None for another."""
    if isinstance(node, exp.Paren):
        return _constant(node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    if isinstance(node, exp.Cast) and kind(node.args["to"]) == "text":
        return _constant(node.this)
    parts = (
        [node.this, node.expression]
        if isinstance(node, exp.DPipe)
        else node.expressions
        if isinstance(node, exp.Concat)
        else None
    )
    texts = [_constant(part) for part in parts or ()]
    return "".join(text for text in texts if text is not None) if texts and None not in texts else None


def _pattern(self: SparkGenerator, node: exp.Expr, flags: exp.Expr | None = None) -> str:
    text = _constant(node)
    options = _constant(flags) or ""
    if options not in ("", "i", "g"):
        raise Untranslatable("a regular expression has options")
    head = "(?i)" if options == "i" else ""
    return (
        quote(head + regex(text))
        if text is not None
        else f"CONCAT({quote(head)}, {self.sql(node)})"
        if head
        else self.sql(node)
    )


def _rlike(self: SparkGenerator, node: exp.Expr) -> str:
    return f"({_text(self, node.this)} RLIKE {_pattern(self, node.expression, node.args.get('flag'))})"


def _full(self: SparkGenerator, node: exp.Expr) -> str:
    return f"({_text(self, node.this)} RLIKE CONCAT('^(?:', {_pattern(self, node.expression, node.args.get('options'))}, ')\\\\z'))"


def _regexp_replace(self: SparkGenerator, node: exp.Expr) -> str:
    pattern, replacement = _pattern(self, node.expression), _constant(node.args["replacement"])
    if replacement is None or "\\" in replacement or "$" in replacement:
        raise Untranslatable("the replacement of a regular expression refers to a group")
    if _constant(node.args.get("modifiers")) != "g" and not pattern.endswith("\\z'") and not pattern.startswith("'^"):
        raise Untranslatable("regexp_replace replaces the first match only")
    return f"REGEXP_REPLACE({_text(self, node.this)}, {pattern}, {quote(replacement)})"


def _regexp_extract(name: str) -> Callable[[SparkGenerator, exp.Expr], str]:
    def write(self: SparkGenerator, node: exp.Expr) -> str:
        group = node.args.get("group")
        return f"{name}({_text(self, node.this)}, {_pattern(self, node.expression)}, {self.sql(group) if group is not None else 0})"

    return write


def _like(self: SparkGenerator, node: exp.Expr, escape: str = "") -> str:
    pattern = _constant(node.expression)
    if pattern is None:
        return f"({_text(self, node.this)} LIKE {_text(self, node.expression)} ESCAPE {quote(escape) if escape else quote(chr(1))})"
    out, characters = [], iter(pattern)
    for c in characters:
        c, is_plain_ = (next(characters), True) if escape and c == escape else (c, False)
        out.append(
            {"%": ".*", "_": "."}.get(c, "") if not is_plain_ and c in "%_" else f"\\{c}" if c in _SPECIAL else c
        )
    return f"({_text(self, node.this)} RLIKE {quote('(?s)^' + ''.join(out) + chr(92) + 'z')})"


def _escape(self: SparkGenerator, node: exp.Expr) -> str:
    liked = _like(self, node.this, _constant(node.expression) or "")
    return f"(NOT {liked})" if node.this.args.get("negate") else liked


def _split(self: SparkGenerator, node: exp.Expr) -> str:
    separator = _constant(node.expression)
    if not separator:
        raise Untranslatable("string_split has a separator that is not a literal")
    pattern = "".join(f"\\{c}" if c in _SPECIAL else c for c in separator)
    return f"SPLIT({_text(self, node.this)}, {quote(pattern)}, -1)"


# -- lists -----------------------------------------------------------------------------------------------------------------


def _comprehension(self: SparkGenerator, node: exp.Expr) -> str:
    name, items = self.sql(node.expression), self.sql(node.args["iterator"])
    if (condition := node.args.get("condition")) is not None:
        items = f"FILTER({items}, {name} -> {self.sql(condition)})"
    return items if self.sql(node.this) == name else f"TRANSFORM({items}, {name} -> {self.sql(node.this)})"


def _list(self: SparkGenerator, node: exp.Expr) -> str:
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Comprehension):
        return _comprehension(self, node.expressions[0])
    return f"ARRAY({', '.join(map(self.sql, node.expressions))})" if node.expressions else EMPTY


def _bracket(self: SparkGenerator, node: exp.Expr) -> str:
    (place,) = node.expressions
    items = self.sql(node.this)
    if isinstance(place, exp.Slice):
        start = self.sql(place.this) if place.this is not None else "1"
        end = self.sql(place.expression) if place.expression is not None else f"ARRAY_SIZE({items})"
        return f"SLICE({items}, {start}, GREATEST(LEAST({end}, ARRAY_SIZE({items})) - {start} + 1, 0))"
    if kind(node.this) == "struct" and place.is_string:
        return f"{items}.{place.name}"
    return f"TRY_ELEMENT_AT({items}, CAST({self.sql(place)} AS INT))"


def _contains(self: SparkGenerator, node: exp.Expr) -> str:
    is_list = kind(node.this) == "list" or isinstance(node, exp.ArrayContains)
    return f"{'ARRAY_CONTAINS' if is_list else 'CONTAINS'}({self.sql(node.this)}, {self.sql(node.expression)})"


def _has_values(items: str) -> str:
    return f"ARRAY_SIZE(FILTER({items}, a_ -> a_ IS NOT NULL)) > 0"


def _array_to_string(self: SparkGenerator, node: exp.Expr) -> str:
    items = self.sql(node.this)
    return f"(CASE WHEN ARRAY_SIZE({items}) = 0 OR {_has_values(items)} THEN ARRAY_JOIN({items}, {self.sql(node.expression)}) END)"


def _flatten(self: SparkGenerator, node: exp.Expr) -> str:
    return f"FLATTEN(FILTER({self.sql(node.this)}, a_ -> a_ IS NOT NULL))"


def _list_concat(self: SparkGenerator, node: exp.Expr) -> str:
    lists = [part for part in (node.this, *node.expressions) if not isinstance(part, exp.Null)]
    return f"CONCAT({', '.join(_or_empty(self, part) for part in lists)})"


def _coalesce(self: SparkGenerator, node: exp.Expr) -> str:
    """Return COALESCE, in which an empty list has the type of the other lists."""
    parts = [node.this, *node.expressions]
    known = next((part.type for part in parts if kind(element(part)) in ("struct", "list", "integer", "boolean")), None)
    is_text = any(kind(element(part)) == "text" for part in parts)
    empty = f"CAST(ARRAY() AS {from_tree(known).spark})" if known is not None else EMPTY if is_text else "ARRAY()"
    texts = [empty if isinstance(part, exp.Array) and not part.expressions else self.sql(part) for part in parts]
    return f"COALESCE({', '.join(texts)})"


def _or_empty(self: SparkGenerator, items: exp.Expr) -> str:
    """Return a list that is empty where it is NULL."""
    text = self.sql(items)
    return f"COALESCE({text}, {EMPTY})" if kind(element(items)) == "text" else f"COALESCE({text}, ARRAY())"


def _append(self: SparkGenerator, node: exp.Expr) -> str:
    return f"CONCAT({_or_empty(self, node.this)}, ARRAY({self.sql(node.expression)}))"


def _quotient(self: SparkGenerator, node: exp.Expr) -> str:
    dividend, divisor = f"CAST({self.sql(node.this)} AS DOUBLE)", f"CAST({self.sql(node.expression)} AS DOUBLE)"
    if isinstance(node.expression, exp.Literal) and float(node.expression.name):
        return f"({dividend} / {divisor})"
    infinite = f"WHEN {dividend} > 0 THEN DOUBLE('Infinity') WHEN {dividend} < 0 THEN DOUBLE('-Infinity')"
    return f"(CASE WHEN {divisor} = 0 THEN (CASE {infinite} WHEN {dividend} = 0 THEN DOUBLE('NaN') END) ELSE {dividend} / NULLIF({divisor}, 0D) END)"


def _whole_quotient(sign: str) -> Callable[[SparkGenerator, exp.Expr], str]:
    return lambda self, node: f"({self.sql(node.this)} {sign} NULLIF({self.sql(node.expression)}, 0))"


def _truncate(self: SparkGenerator, node: exp.Expr) -> str:
    return f"CAST(DATE_TRUNC({quote(node.args['unit'].name.lower())}, {self.sql(node.this)}) AS TIMESTAMP)"


def _distinct_list(self: SparkGenerator, node: exp.Expr) -> str:
    return f"FILTER(ARRAY_DISTINCT({self.sql(node.this)}), a_ -> a_ IS NOT NULL)"


def _series(self: SparkGenerator, node: exp.Expr) -> str:
    start, end = f"CAST({self.sql(node, 'start')} AS BIGINT)", f"CAST({self.sql(node, 'end')} AS BIGINT)"
    last = f"{end} - 1" if node.args.get("is_end_exclusive") else end
    return f"(CASE WHEN {last} >= {start} THEN SEQUENCE({start}, {last}) WHEN {last} IS NOT NULL THEN CAST(ARRAY() AS ARRAY<BIGINT>) END)"


# -- aggregates ------------------------------------------------------------------------------------------------------------


def _split_aggregate(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr], bool]:
    argument, keys, distinct = node, list[exp.Expr](), False
    for _ in range(2):
        if isinstance(argument, exp.Order):
            argument, keys = argument.this, argument.expressions
        if isinstance(argument, exp.Distinct):
            argument, distinct = argument.expressions[0], True
    return argument, keys, distinct


def _where(node: exp.Expr, self: SparkGenerator, more: str = "") -> str:
    parent = node.parent
    if isinstance(parent, exp.IgnoreNulls):
        parent = parent.parent
    parts = [f"({self.sql(parent.expression.this)})"] if isinstance(parent, exp.Filter) else []
    parts += [more] if more else []
    return f" FILTER (WHERE {' AND '.join(parts)})" if parts else ""


def _array_agg(self: SparkGenerator, node: exp.Expr) -> str:
    argument, keys, distinct = _split_aggregate(node.this)
    parts = []
    for place, key in enumerate(keys):
        if key.args.get("desc"):
            raise Untranslatable("a list is collected in descending order")
        parts += [f"'n{place}', {self.sql(key.this)} IS NULL", f"'k{place}', {self.sql(key.this)}"]
    rows = f"COLLECT_LIST(NAMED_STRUCT({', '.join([*parts, chr(39) + 'v' + chr(39) + ', ' + self.sql(argument)])})){_where(node, self)}"
    rows = f"ARRAY_DISTINCT({rows})" if distinct else rows
    rows = f"ARRAY_SORT({rows})" if keys else rows
    return f"(CASE WHEN ARRAY_SIZE({rows}) > 0 THEN TRANSFORM({rows}, s_ -> s_.v) END)"


def _string_agg(self: SparkGenerator, node: exp.Expr) -> str:
    argument, keys, distinct = _split_aggregate(node.this)
    separator = self.sql(node, "separator") or "','"
    text = _text(self, argument)
    if not keys:
        raise Untranslatable("string_agg has no order")
    if not distinct:
        order = ", ".join(self.sql(key) for key in keys)
        return f"LISTAGG({text}, {separator}) WITHIN GROUP (ORDER BY {order}){_where(node, self)}"
    items = f"ARRAY_SORT(COLLECT_SET({text}){_where(node, self)})"
    items = f"REVERSE({items})" if keys[0].args.get("desc") else items
    return f"(CASE WHEN ARRAY_SIZE({items}) > 0 THEN ARRAY_JOIN({items}, {separator}) END)"


def _extreme(name: str) -> Callable[[SparkGenerator, exp.Expr], str]:
    def write(self: SparkGenerator, node: exp.Expr) -> str:
        value, key = self.sql(node.this), self.sql(node.expression)
        return f"{name}({value}, {key}){_where(node, self, f'{value} IS NOT NULL')}"

    return write


def _any(self: SparkGenerator, node: exp.Expr) -> str:
    return f"ANY_VALUE({self.sql(node.this)}, TRUE){_where(node, self)}"


_OWN_FILTER = (exp.ArrayAgg, exp.GroupConcat, exp.ArgMin, exp.ArgMax, exp.AnyValue, exp.First)


def _filter(self: SparkGenerator, node: exp.Expr) -> str:
    inner = node.this.this if isinstance(node.this, exp.IgnoreNulls) else node.this
    if isinstance(inner, _OWN_FILTER):
        return self.sql(inner)
    condition = self.sql(node.expression.this)
    if isinstance(node.parent, exp.Window):  # Sail has no window function with FILTER
        argument = inner.this
        if argument is None or isinstance(argument, exp.Star):
            return f"COUNT(CASE WHEN {condition} THEN 1 END)"
        distinct = isinstance(argument, exp.Distinct)
        value = argument.expressions[0] if distinct else argument
        return f"{inner.sql_name()}({'DISTINCT ' if distinct else ''}CASE WHEN {condition} THEN {self.sql(value)} END)"
    return f"{self.sql(inner)} FILTER (WHERE {condition})"


def _count(self: SparkGenerator, node: exp.Expr) -> str:
    if node.this is None or isinstance(node.this, exp.Star):
        return "COUNT(*)"
    return f"COUNT({self.sql(node.this)})"


# -- times -----------------------------------------------------------------------------------------------------------------


def _micros(self: SparkGenerator, node: exp.Expr) -> str:
    return f"UNIX_MICROS(CAST({self.sql(node)} AS TIMESTAMP))"


def _epoch(self: SparkGenerator, node: exp.Expr) -> str:
    value = node.this if not isinstance(node, exp.Extract) else node.expression
    return f"(CAST({_duration(self, value)} AS DOUBLE) / 1000000D)"


def _duration(self: SparkGenerator, value: exp.Expr) -> str:
    inner = value
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.Sub):
        return f"({_micros(self, inner.this)} - {_micros(self, inner.expression)})"
    if kind(inner) == "interval":
        raise Untranslatable("the seconds of an interval")
    return _micros(self, inner)


def _extract_part(self: SparkGenerator, node: exp.Expr) -> str:
    return (
        _epoch(self, node) if node.name.lower() == "epoch" else f"EXTRACT({node.name} FROM {self.sql(node.expression)})"
    )


def _from_epoch(self: SparkGenerator, node: exp.Expr) -> str:
    if kind(node.this) in ("timestamp", "timestamptz", "date"):
        return f"CAST(FLOOR({_micros(self, node.this)} / 1000) AS BIGINT)"
    return f"TIMESTAMP_MICROS(CAST({self.sql(node.this)} AS BIGINT) * 1000)"


def _date_diff(self: SparkGenerator, node: exp.Expr) -> str:
    unit = _MICROS[node.args["unit"].name.upper().removesuffix("S")]
    counts = [f"FLOOR({_micros(self, value)} / {unit})" for value in (node.this, node.expression)]
    return f"CAST({counts[0]} - {counts[1]} AS BIGINT)"


def _zone(self: SparkGenerator, node: exp.Expr) -> str:
    if (_constant(node.args["zone"]) or "").upper() != "UTC":
        raise Untranslatable("a time is converted to another time zone than UTC")
    return self.sql(node.this)


def _days(self: SparkGenerator, node: exp.Expr) -> str:
    return f"(CAST({self.sql(node.this)} AS BIGINT) * INTERVAL '1' DAY)"


def _sub(self: SparkGenerator, node: exp.Expr) -> str:
    if kind(node.this) == kind(node.expression) == "date":
        return f"DATEDIFF({self.sql(node.this)}, {self.sql(node.expression)})"
    return self.binary(node, "-")


def _interval(self: SparkGenerator, node: exp.Expr) -> str:
    text, unit = node.this.name, node.args.get("unit")
    if unit is None:
        text, _, word = text.partition(" ")
    else:
        word = unit.name
    return f"INTERVAL '{text}' {word.upper().removesuffix('S')}"


def _anonymous(self: SparkGenerator, node: exp.Expr) -> str:
    name, arguments = str(node.this).lower(), node.expressions
    if name in _UNITS:
        return f"(CAST({self.sql(arguments[0])} AS BIGINT) * INTERVAL '1' {_UNITS[name]})"
    if name == "strlen":
        return f"OCTET_LENGTH({_text(self, arguments[0])})"
    if name == "json_array_length":
        value = _exact(self, _with_path(arguments[0], arguments[1] if len(arguments) > 1 else None))
        return f"(CASE WHEN {value} LIKE '[%' THEN JSON_ARRAY_LENGTH({value}) WHEN {value} IS NOT NULL THEN 0 END)"
    if name == "json_exists":
        value = _exact(self, _with_path(arguments[0], arguments[1]))
        return f"(CASE WHEN {self.sql(arguments[0])} IS NOT NULL THEN {value} IS NOT NULL END)"
    if name in ("to_json", "json_quote"):
        return _to_json(self, arguments[0])
    if name == "json_object":
        return _json_object(self, arguments)
    if name == "json_array":
        return _json_array(self, arguments)
    if name in ("list_aggr", "list_aggregate"):
        items, how = self.sql(arguments[0]), _constant(arguments[1])
        if how == "string_agg":
            return f"(CASE WHEN {_has_values(items)} THEN ARRAY_JOIN({items}, {self.sql(arguments[2])}) END)"
        if how in ("bool_or", "bool_and"):
            return f"ARRAY_CONTAINS({items}, TRUE)" if how == "bool_or" else f"NOT ARRAY_CONTAINS({items}, FALSE)"
        raise Untranslatable(f"a list is aggregated with {how}")
    if name == "list_has_all":
        return f"(ARRAY_SIZE(ARRAY_EXCEPT({self.sql(arguments[1])}, {self.sql(arguments[0])})) = 0)"
    if name in ("list_position", "array_position"):
        return f"NULLIF(ARRAY_POSITION({self.sql(arguments[0])}, {self.sql(arguments[1])}), 0)"
    if name in ("list_reverse", "array_reverse"):
        return f"REVERSE({self.sql(arguments[0])})"
    if name in ("list_sort",):
        return f"ARRAY_SORT({self.sql(arguments[0])})"
    if name in ("url_decode", "md5"):
        return f"{name}({self.sql(arguments[0])})"
    raise Untranslatable(f"the function {name} has no translation")


def _struct(self: SparkGenerator, node: exp.Expr) -> str:
    parts = [f"{quote(part.this.name)}, {self.sql(part.expression)}" for part in node.expressions]
    return f"NAMED_STRUCT({', '.join(parts)})"


def _tuple(self: SparkGenerator, node: exp.Expr) -> str:
    if isinstance(node.parent, exp.Values):
        return self.tuple_sql(node)
    return f"STRUCT({', '.join(map(self.sql, node.expressions))})"


def _dot(self: SparkGenerator, node: exp.Expr) -> str:
    return f"{self.sql(node.this)}.{self.sql(node.expression)}"


def _negated(write: Callable[[SparkGenerator, exp.Expr], str]) -> Callable[[SparkGenerator, exp.Expr], str]:
    """Return a writer that writes NOT where sqlglot has it in the node."""
    return lambda self, node: f"(NOT {write(self, node)})" if node.args.get("negate") else write(self, node)


class WrittenSpark(Spark):
    """Spark, as the translation writes it."""

    class Generator(SparkGenerator):
        """The generator with its overrides."""

        TRANSFORMS: ClassVar = {
            **SparkGenerator.TRANSFORMS,
            exp.JSONExtract: _extract,
            exp.JSONExtractScalar: _extract,
            exp.JSONType: _json_type,
            exp.JSONKeys: _json_keys,
            exp.Cast: _cast,
            exp.TryCast: _cast,
            exp.Concat: _concat,
            exp.ConcatWs: _concat_ws,
            exp.DPipe: _pipe,
            exp.Length: _length,
            exp.RegexpLike: _negated(_rlike),
            exp.RegexpFullMatch: _negated(_full),
            exp.RegexpReplace: _regexp_replace,
            exp.RegexpExtract: _regexp_extract("REGEXP_EXTRACT"),
            exp.RegexpExtractAll: _regexp_extract("REGEXP_EXTRACT_ALL"),
            exp.Like: _negated(_like),
            exp.Escape: _negated(_escape),
            exp.Split: _split,
            exp.Array: _list,
            exp.Bracket: _bracket,
            exp.Comprehension: _comprehension,
            exp.Contains: _contains,
            exp.ArrayContains: _contains,
            exp.ArrayToString: _array_to_string,
            exp.ArrayDistinct: _distinct_list,
            exp.GenerateSeries: _series,
            exp.ArrayAgg: _array_agg,
            exp.GroupConcat: _string_agg,
            exp.ArgMin: _extreme("MIN_BY"),
            exp.ArgMax: _extreme("MAX_BY"),
            exp.AnyValue: _any,
            exp.First: _any,
            exp.IgnoreNulls: lambda self, node: self.sql(node.this),
            exp.Filter: _filter,
            exp.Count: _count,
            exp.TimeToUnix: _epoch,
            exp.Extract: _extract_part,
            exp.UnixToTime: _from_epoch,
            exp.DateDiff: _date_diff,
            exp.AtTimeZone: _zone,
            exp.ToDays: _days,
            exp.Sub: _sub,
            exp.Interval: _interval,
            exp.Anonymous: _anonymous,
            exp.Flatten: _flatten,
            exp.Coalesce: _coalesce,
            exp.ArrayConcat: _list_concat,
            exp.ArrayAppend: _append,
            exp.Div: _quotient,
            exp.IntDiv: _whole_quotient("DIV"),
            exp.Mod: _whole_quotient("%"),
            exp.TimestampTrunc: _truncate,
            exp.DateTrunc: _truncate,
            exp.JSONObject: lambda self, node: _json_object(
                self, [part for pair in node.expressions for part in (pair.this, pair.expression)]
            ),
            exp.JSONArray: lambda self, node: _json_array(self, node.expressions),
            exp.Struct: _struct,
            exp.Tuple: _tuple,
            exp.Dot: _dot,
            exp.Substring: lambda self, node: self.func(
                "SUBSTRING", node.this, node.args.get("start"), node.args.get("length")
            ),
            exp.Replace: lambda self, node: (
                f"REPLACE({_text(self, node.this)}, {self.sql(node.expression)}, {self.sql(node, 'replacement')})"
            ),
            exp.SplitPart: lambda self, node: (
                f"SPLIT_PART({_text(self, node.this)}, {self.sql(node, 'delimiter')}, CAST({self.sql(node, 'part_index')} AS INT))"
            ),
            exp.Literal: lambda self, node: (
                quote(node.this)
                if node.is_string
                else node.this
                if node.is_int or "e" in node.this.lower()
                else f"{node.this}BD"
            ),
        }
