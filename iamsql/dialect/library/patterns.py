"""LIKE, the operator ~ (regular expressions), including with any or all patterns of an array, and substring().

RE2, the engine of DuckDB, reads some regular expressions differently from PostgreSQL. A literal pattern therefore contains only
syntax that PostgreSQL, RE2 and Python's re read alike. A macro checks a pattern that is known at run time only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from iamsql.dialect.build import call, literal_text, paren, text, without_parentheses
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.literals import read_array
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

# PostgreSQL's classes contain characters beyond ASCII, RE2's do not. These are the same characters inside of brackets of RE2.
_CHARACTER_CLASSES = {
    "d": "0-9",
    "w": r"\p{L}\p{M}\p{N}_",
    "s": r"\t\n\v\f\r \x{1680}\x{2000}-\x{2006}\x{2008}-\x{200A}\x{2028}\x{2029}\x{205F}\x{3000}",
}
_ESCAPED_CHARACTER = r"\\[nrtfv!-/:-@\[-^`{-~]"
_SET_ITEM = rf"(?:{_ESCAPED_CHARACTER}|[^\\\[\]-])"
_SET = rf"\[\^?(?:\]|(?!\]))-?(?:\\[dws]|{_SET_ITEM}(?:-{_SET_ITEM})?)*-?\]"
_QUANTIFIER = r"(?:(?:[*+?]|\{\d{1,2}(?:,\d{0,2})?\})\??)?"
_CHARACTER = rf"(?:{_SET}|\\[dwsDWS]|{_ESCAPED_CHARACTER}|[^\\\[({{)*+?|^$]|\{{(?![\d,]))"
_READ_ALIKE_PATTERN = re.compile(rf"(?:(?:{_CHARACTER}|\)){_QUANTIFIER}|\((?:\?:)?|[|^$])*", re.DOTALL)
# Characters before a group that takes the rest of the text: PostgreSQL's longest match and RE2's first match are the same.
_REST_GROUP_PATTERN = re.compile(rf"\^?(?:{_CHARACTER}(?:[*+?]|\{{\d{{1,2}}\}})?)*\(\.[*+]\)\$?", re.DOTALL)
_SET_OR_ESCAPE_PATTERN = re.compile(rf"(?P<set>{_SET})|\\(?P<escaped>.)", re.DOTALL)


def _checked_regex(pattern: str, ignore_case: bool) -> str:
    """Return a literal pattern as RE2 reads it; raise IamsqlError for syntax that is not read alike."""
    body = pattern.removeprefix("(?i)")
    supported_prefix = _READ_ALIKE_PATTERN.match(body)
    end = supported_prefix.end() if supported_prefix else 0
    if end < len(body):
        raise IamsqlError(
            f"The regular expression '{pattern}' is not supported from '{body[end : end + 20]}' on:"
            " RE2, the engine of DuckDB, does not have this syntax or reads it in another way.\n"
            "Use LIKE, or write the query in DuckDB's SQL with regexp_matches(text, pattern)."
        )
    # s: in PostgreSQL the dot also matches a newline.
    return ("(?si)" if ignore_case or body != pattern else "(?s)") + _SET_OR_ESCAPE_PATTERN.sub(_expand_classes, body)


def _expand_classes(part: re.Match[str]) -> str:
    if part["set"]:
        return re.sub(
            r"\\(.)", lambda escape: _CHARACTER_CLASSES.get(escape[1], escape[0]), part["set"], flags=re.DOTALL
        )
    characters = _CHARACTER_CLASSES.get(part["escaped"].lower())
    return part[0] if characters is None else f"[{'^' if part['escaped'].isupper() else ''}{characters}]"


def _rewrite_substring(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a substring by its position, or the group of a regular expression."""
    string, start, *length = node.expressions
    if types.of(start) != "text":
        return call("pg_substring" if length else "pg_substr", string, start, *length[:1])
    pattern = literal_text(start)
    if pattern is None or length or not _REST_GROUP_PATTERN.fullmatch(pattern):
        raise IamsqlError(
            f"{node.this}(text from pattern) takes a literal pattern with one group, (.*) at its end. In DuckDB's SQL, without"
            " --dialect postgres, use regexp_extract(text, pattern, group)."
        )
    return call("pg_regex_group", string, text(_checked_regex(pattern, False)))


def _test_each_pattern(pattern: exp.Expr, test: Callable[[exp.Expr], exp.Expr], negated: bool = False) -> exp.Expr:
    """Test a pattern, or each pattern of ANY or ALL; below NOT (`negated`), ANY means ALL and ALL means ANY."""
    is_call = isinstance(pattern, exp.Anonymous) and pattern.this == "all"
    is_all = is_call or isinstance(pattern, exp.All)
    if not is_all and not isinstance(pattern, exp.Any):
        return test(pattern)
    patterns = without_parentheses(pattern.expressions[0] if is_call else pattern.this) or pattern
    needs_all = is_all != negated
    if (items := _array_items(patterns)) is not None:
        if not items:
            return exp.Boolean(this=needs_all)
        return exp.Paren(this=(exp.and_ if needs_all else exp.or_)(*map(test, items), copy=False))
    if isinstance(patterns, exp.Subquery | exp.Select | exp.SetOperation):
        patterns = call("array", patterns.this if isinstance(patterns, exp.Subquery) else patterns)
    name = exp.to_identifier("pattern_")
    tests = exp.Lambda(this=test(exp.Column(this=name)), expressions=[name.copy()])
    return call("pg_all" if needs_all else "pg_any", call("list_transform", patterns.copy(), tests))


def _array_items(patterns: exp.Expr) -> list[exp.Expr] | None:
    """Return the elements of an array constructor or literal; None for any other array."""
    if isinstance(patterns, exp.Cast):
        return _array_items(patterns.this)
    if isinstance(patterns, exp.Array):
        return list(patterns.expressions)
    literal = literal_text(patterns)
    return None if literal is None else [exp.null() if item is None else text(item) for item in read_array(literal)]


def _rewrite_like(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Rewrite LIKE, whose default escape character is a backslash; `_rewrite_like_escape` rewrites LIKE … ESCAPE."""
    is_escaped = isinstance(node.parent, exp.Escape) and node.arg_key == "this"
    return None if is_escaped else _match_like(node, types, "\\")


def _rewrite_like_escape(node: exp.Expr, types: Types) -> exp.Expr | None:
    if not isinstance(node.this, exp.Like | exp.ILike):
        return None
    character = literal_text(node.expression)
    if character is None or len(character) > 1:
        raise IamsqlError("ESCAPE takes a string literal of one character.")
    return _match_like(node.this, types, character)


def _match_like(node: exp.Expr, types: Types, escape: str) -> exp.Expr:
    def test(pattern: exp.Expr) -> exp.Expr:
        literal = literal_text(pattern)
        like: exp.Expr = type(node)(this=paren(as_text(node.this, types)), expression=paren(pattern.copy()))
        # DuckDB's LIKE has no default escape character, and DuckDB optimizes LIKE without ESCAPE only.
        if escape and (literal is None or escape in literal):
            like = exp.Escape(this=like, expression=text(escape))
        return exp.Paren(this=exp.Not(this=like) if node.args.get("negate") else like)

    return _test_each_pattern(node.expression, test)


def _match_regex(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Test whether a regular expression matches anywhere in the text."""
    if types.of(node.this) == "ltree":
        return None
    ignore_case = isinstance(node, exp.RegexpILike)

    def test(pattern: exp.Expr) -> exp.Expr:
        if (literal := literal_text(pattern)) is not None:
            return call("regexp_matches", node.this.copy(), text(_checked_regex(literal, ignore_case)))
        return call("pg_regex_search", node.this.copy(), pattern.copy(), text("(?si)" if ignore_case else "(?s)"))

    # The grammar reads x !~ ALL (…) as NOT (x ~ ALL (…)), and it means NOT (x ~ ANY (…)); likewise for ANY.
    return _test_each_pattern(node.expression, test, negated=bool(node.meta.get("negated")))


OPERATORS = {
    **dict.fromkeys((exp.Like, exp.ILike), _rewrite_like),
    **dict.fromkeys((exp.RegexpLike, exp.RegexpILike), _match_regex),
    exp.Escape: _rewrite_like_escape,
}
FUNCTIONS = dict.fromkeys(("substring", "substr"), Function(_rewrite_substring, "text"))
