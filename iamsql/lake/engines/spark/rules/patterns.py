"""LIKE and regular expressions. DuckDB's are RE2; Sail's are those of Rust, and Apache Spark's those of Java."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.rules.texts import text_of
from iamsql.lake.engines.spark.types import BOOLEAN, VARCHAR, list_of
from iamsql.lake.engines.spark.values import Value, call, quote

# RE2 knows these classes for ASCII only, the others for all of Unicode.
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\\t\\n\\f\\r "}
_SAME = set(".[]{}()*+?^$|\\/-\"'_:@,;=<>!%&#~` ")  # characters that an escape makes literal
_NO_ESCAPE = "\\u0001"  # LIKE has an escape in Spark unless it is another one


def regex(pattern: str) -> str:
    """Return a pattern that means the same to RE2, Rust and Java; raise Untranslatable if it cannot be written so."""
    out, place, in_class = [], 0, False
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 1
            out.append(_escape(pattern[place : place + 1], in_class))
        elif in_class:
            if character in "[&~" or (character == "-" and pattern[place + 1 : place + 2] == "-"):
                out.append("\\" + character)
            else:
                in_class = character != "]" or out[-1] in ("[", "[^")
                out.append(character)
        elif character == "[":
            in_class = True
            out.append("[^" if pattern[place + 1 : place + 2] == "^" else "[")
            place += out[-1] == "[^"
        elif character == ".":
            out.append("[^\\n]")
        elif character == "$":
            out.append("\\z")
        elif (
            character == "(" and pattern[place + 1 : place + 2] == "?" and pattern[place + 2 : place + 4] not in _GROUPS
        ):
            if pattern[place + 2 : place + 3] != ":":
                raise Untranslatable("a regular expression has a group that is not known to mean the same")
            out.append("(")
        else:
            out.append(character)
        place += 1
    return "".join(out)


_GROUPS = ("i)",)


def _escape(character: str, in_class: bool) -> str:
    if character in _CLASSES:
        return _CLASSES[character] if in_class else f"[{_CLASSES[character]}]"
    if character.lower() in _CLASSES and character and not in_class:
        return f"[^{_CLASSES[character.lower()]}]"
    if character in ("t", "n", "r", "f"):
        return "\\" + character
    if character in _SAME and character:
        return "\\" + character if not character.isspace() and character not in "\"'_:@,;=<>!%`/" else character
    raise Untranslatable(f"a regular expression has the escape \\{character}")


def _pattern(node: exp.Expr | None, of: Translator, flags: exp.Expr | None = None) -> str:
    value = of.value(node) if node is not None else None
    if value is None or value.text is None:
        raise Untranslatable("a regular expression is not a literal")
    options = of.value(flags).text if flags is not None else ""
    if options not in ("", "i"):
        raise Untranslatable(f"a regular expression has the options {options}")
    return ("(?i)" if options else "") + regex(value.text)


@syntax(exp.RegexpLike)
def _matches(node: exp.Expr, of: Translator) -> Value:
    pattern = _pattern(node.expression, of, node.args.get("flag"))
    return Value(f"({text_of(of.value(node.this))} RLIKE {quote(pattern)})", BOOLEAN)


@syntax(exp.RegexpFullMatch)
def _full_match(node: exp.Expr, of: Translator) -> Value:
    pattern = f"^(?:{_pattern(node.expression, of, node.args.get('options'))})\\z"
    return Value(f"({text_of(of.value(node.this))} RLIKE {quote(pattern)})", BOOLEAN)


def _group(node: exp.Expr) -> str:
    group = node.args.get("group")
    if group is not None and not (isinstance(group, exp.Literal) and group.is_int):
        raise Untranslatable("a group of a regular expression is not a number")
    return group.name if group is not None else "0"


@syntax(exp.RegexpExtract)
def _extract(node: exp.Expr, of: Translator) -> Value:
    pattern = quote(_pattern(node.expression, of))
    return Value(call("regexp_extract", text_of(of.value(node.this)), pattern, _group(node)), VARCHAR)


@syntax(exp.RegexpExtractAll)
def _extract_all(node: exp.Expr, of: Translator) -> Value:
    pattern = quote(_pattern(node.expression, of))
    return Value(call("regexp_extract_all", text_of(of.value(node.this)), pattern, _group(node)), list_of(VARCHAR))


@syntax(exp.RegexpReplace)
def _replace(node: exp.Expr, of: Translator) -> Value:
    pattern, replacement = _pattern(node.expression, of), of.value(node.args["replacement"]).text
    options = node.args.get("modifiers")
    if replacement is None or "\\" in replacement or "$" in replacement:
        raise Untranslatable("the replacement of a regular expression refers to a group")
    text = text_of(of.value(node.this))
    if options is None or of.value(options).text != "g":
        if not pattern.endswith("\\z") and not pattern.startswith("^"):
            raise Untranslatable("regexp_replace replaces the first match only")
        if "|" in pattern:
            raise Untranslatable("regexp_replace replaces the first match only")
    return Value(call("regexp_replace", text, quote(pattern), quote(replacement)), VARCHAR)


@syntax(exp.Like, exp.ILike)
def _like(node: exp.Expr, of: Translator) -> Value:
    return _liked(node, "", of)


@syntax(exp.Escape)
def _escaped(node: exp.Expr, of: Translator) -> Value:
    escape = of.value(node.expression).text
    if escape is None:
        raise Untranslatable("the escape character of LIKE is not a literal")
    return _liked(node.this, escape, of)


def _liked(node: exp.Expr, escape: str, of: Translator) -> Value:
    text, pattern = text_of(of.value(node.this)), of.value(node.expression)
    if pattern.text is None or isinstance(node, exp.ILike):
        if isinstance(node, exp.ILike):
            raise Untranslatable("ILIKE has a pattern that is not a literal")
        escaped = quote(escape) if escape else f"'{_NO_ESCAPE}'"
        return Value(f"({text} LIKE {text_of(pattern)} ESCAPE {escaped})", BOOLEAN)
    parts = _parts(pattern.text, escape)
    literal = quote("".join(part for part in parts if len(part) == 1))
    shape = "".join("%" if part == "any" else "_" if part == "one" else "x" for part in parts)
    inner = shape.strip("%")
    if "%" in inner or "_" in inner:
        return Value(f"({text} RLIKE {quote(_like_regex(parts))})", BOOLEAN)
    if shape and not inner:
        return Value(f"({text} IS NOT NULL OR NULL)", BOOLEAN)
    name = {(True, True): "contains", (True, False): "endswith", (False, True): "startswith"}.get(
        (shape.startswith("%"), shape.endswith("%"))
    )
    return Value(call(name, text, literal) if name else f"({text} = {literal})", BOOLEAN)


def _parts(pattern: str, escape: str) -> list[str]:
    """Return the characters of a pattern; "any" and "one" stand for the wildcards."""
    parts, characters = [], iter(pattern)
    for character in characters:
        if escape and character == escape:
            parts.append(next(characters))
        else:
            parts.append({"%": "any", "_": "one"}.get(character, character))
    return parts


def _like_regex(parts: list[str]) -> str:
    out = []
    for part in parts:
        special = part in "\\.[]{}()*+-?^$|#&~"
        out.append({"any": ".*", "one": "."}.get(part, f"\\{part}" if special else part))
    return "(?s)^" + "".join(out) + "\\z"
