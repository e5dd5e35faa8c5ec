"""LIKE and the functions of regular expressions."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.names import quote
from iamsql.lake.engines.spark.writers.literals import Writer, constant_text, whole_number
from iamsql.lake.engines.spark.writers.regex import SPECIAL_CHARACTERS, translate_regex
from iamsql.lake.engines.spark.writers.texts import to_text


def _write_like(self: SparkGenerator, node: exp.Expr, escape: str = "") -> str:
    pattern = constant_text(node.expression)
    if pattern is None:
        return f"({to_text(self, node.this)} LIKE {to_text(self, node.expression)} ESCAPE {quote(escape or chr(1))})"
    pattern_parts, characters = [], iter(pattern)
    for character in characters:
        is_escaped = bool(escape) and character == escape
        part = next(characters) if is_escaped else character
        wildcard = {"%": ".*", "_": "."}.get(part) if not is_escaped else None
        pattern_parts.append(wildcard or (f"\\{part}" if part in SPECIAL_CHARACTERS else part))
    return f"({to_text(self, node.this)} RLIKE {quote('(?s)^' + ''.join(pattern_parts) + chr(92) + 'z')})"


def _write_like_escape(self: SparkGenerator, node: exp.Expr) -> str:
    if not (escape := constant_text(node.expression)):
        raise UntranslatableError("the escape character of LIKE is not a literal")
    like_condition = _write_like(self, node.this, escape)
    return f"(NOT {like_condition})" if node.this.args.get("negate") else like_condition


# -- regular expressions ---------------------------------------------------------------------------------------------------


def _regex_pattern(node: exp.Expr, options: exp.Expr | None = None) -> str:
    pattern, flags = constant_text(node), constant_text(options) if options is not None else ""
    if pattern is None:
        raise UntranslatableError("a regular expression is not a literal")
    if flags not in ("", "i"):
        raise UntranslatableError(f"a regular expression has the options {flags}")
    return ("(?i)" if flags else "") + translate_regex(pattern)


def _write_regexp_matches(self: SparkGenerator, node: exp.Expr) -> str:
    return f"({to_text(self, node.this)} RLIKE {quote(_regex_pattern(node.expression, node.args.get('flag')))})"


def _write_full_match(self: SparkGenerator, node: exp.Expr) -> str:
    pattern = f"^(?:{_regex_pattern(node.expression, node.args.get('options'))})\\z"
    return f"({to_text(self, node.this)} RLIKE {quote(pattern)})"


def _write_regexp_replace(self: SparkGenerator, node: exp.Expr) -> str:
    pattern, replacement = _regex_pattern(node.expression), constant_text(node.args["replacement"])
    if replacement is None or "\\" in replacement or "$" in replacement:
        raise UntranslatableError("the replacement of a regular expression refers to a group")
    is_anchored = (pattern.endswith("\\z") or pattern.startswith("^")) and "|" not in pattern
    if constant_text(node.args.get("modifiers")) != "g" and not is_anchored:
        raise UntranslatableError("regexp_replace replaces the first match only")
    return f"REGEXP_REPLACE({to_text(self, node.this)}, {quote(pattern)}, {quote(replacement)})"


def _regexp_extract_writer(name: str) -> Writer:
    def write(self: SparkGenerator, node: exp.Expr) -> str:
        group = whole_number(node.args["group"]) if node.args.get("group") is not None else 0
        if group is None:
            raise UntranslatableError("a group of a regular expression is not a number")
        return f"{name}({to_text(self, node.this)}, {quote(_regex_pattern(node.expression))}, {group})"

    return write


WRITERS: dict[type[exp.Expr], Writer] = {
    exp.Like: _write_like,
    exp.Escape: _write_like_escape,
    exp.RegexpLike: _write_regexp_matches,
    exp.RegexpFullMatch: _write_full_match,
    exp.RegexpReplace: _write_regexp_replace,
    exp.RegexpExtract: _regexp_extract_writer("REGEXP_EXTRACT"),
    exp.RegexpExtractAll: _regexp_extract_writer("REGEXP_EXTRACT_ALL"),
}
