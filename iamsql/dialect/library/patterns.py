"""LIKE, SIMILAR TO and ~: whether a text matches a pattern, or any or all patterns of an array.

The pattern of ~ is translated to RE2 (_regex_translation.py). A pattern that is known at run time only is checked by a macro.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from iamsql.dialect.build import call, literal_text, paren, required_literal, text, unwrapped
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.library._regex_translation import match_pattern, parse_flags
from iamsql.dialect.library.regex import checked_subject, literal_flags
from iamsql.dialect.literals import read_array
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_METACHARACTERS = {"%": ".*", "_": ".", "(": "(?:", ".": r"\.", "^": r"\^", "$": r"\$"}
_TOKEN = re.compile(r"\\(?P<escaped>.)|(?P<set>\[\^?\]?[^\]]*\])|(?P<character>.)", re.DOTALL)


def _test_patterns(pattern: exp.Expr, test: Callable[[exp.Expr], exp.Expr], negated: bool = False) -> exp.Expr:
    """Test a pattern, or each pattern of ANY or ALL; below NOT (`negated`), ANY means ALL and ALL means ANY."""
    is_call = isinstance(pattern, exp.Anonymous) and pattern.this == "all"
    is_all = is_call or isinstance(pattern, exp.All)
    if not is_all and not isinstance(pattern, exp.Any):
        return test(pattern)
    patterns = unwrapped(pattern.expressions[0] if is_call else pattern.this) or pattern
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


def _like(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Rewrite LIKE, whose default escape character is a backslash; `_escape` rewrites LIKE … ESCAPE."""
    is_escaped = isinstance(node.parent, exp.Escape) and node.arg_key == "this"
    return None if is_escaped else _match_like(node, types, "\\")


def _escape(node: exp.Expr, types: Types) -> exp.Expr | None:
    if not isinstance(node.this, exp.Like | exp.ILike):
        return None
    return _match_like(node.this, types, _escape_character(node.expression))


def _escape_character(node: exp.Expr) -> str:
    character = literal_text(node)
    if character is None or len(character) > 1:
        raise IamsqlError("ESCAPE takes a string literal of one character.")
    return character


def _match_like(node: exp.Expr, types: Types, escape: str) -> exp.Expr:
    def test(pattern: exp.Expr) -> exp.Expr:
        literal = literal_text(pattern)
        like: exp.Expr = type(node)(this=paren(as_text(node.this, types)), expression=paren(pattern.copy()))
        # DuckDB's LIKE has no default escape character, and DuckDB optimizes LIKE without ESCAPE only.
        if escape and (literal is None or escape in literal):
            like = exp.Escape(this=like, expression=text(escape))
        return exp.Paren(this=exp.Not(this=like) if node.args.get("negate") else like)

    return _test_patterns(node.expression, test)


def _match_regex(subject: exp.Expr, pattern: exp.Expr, flags: str = "") -> exp.Expr:
    """Test whether a regular expression matches anywhere in a text."""
    literal = literal_text(pattern)
    if literal is None:
        parsed = parse_flags(flags)
        if parsed.newline_sensitive or parsed.multiline or parsed.expanded or parsed.literal:
            raise IamsqlError("Flags other than i, c and g need a string literal as the pattern.")
        # s: in PostgreSQL the dot matches a newline too.
        prefix = "(?si)" if parsed.ignore_case else "(?s)"
        return call("pg_regex_search", subject.copy(), pattern.copy(), text(prefix))
    translated = match_pattern(literal, flags)
    test: exp.Expr = call("regexp_matches", checked_subject(subject, translated), text(translated.regex))
    for lookahead, positive in translated.lookaheads:
        ahead: exp.Expr = call("regexp_matches", subject.copy(), text(lookahead))
        test = exp.And(this=test, expression=ahead if positive else exp.Not(this=ahead))
    return paren(test)


def _regex_operator(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node.this) == "ltree":
        return None
    flags = "i" if isinstance(node, exp.RegexpILike) else ""
    # The grammar reads x !~ ALL (…) as NOT (x ~ ALL (…)), and it means NOT (x ~ ANY (…)); likewise for ANY.
    negated = bool(node.meta.get("negated"))
    return _test_patterns(node.expression, lambda pattern: _match_regex(node.this, pattern, flags), negated)


def _regexp_like(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern = node.expressions[:2]
    return _match_regex(subject, pattern, literal_flags(node, 2))


def _similar_to(node: exp.Expr, types: Types) -> exp.Expr:
    """Rewrite SIMILAR TO, whose pattern must match the text from its beginning to its end."""
    if isinstance(node.expression, exp.Null):
        return exp.null()
    pattern, escape = required_literal(node.expression, "The pattern of SIMILAR TO"), node.meta.get("escape")
    character = "\\" if escape is None else _escape_character(escape)
    if character != "\\":
        pattern = pattern.replace("\\", "\\\\")
        pattern = re.sub(re.escape(character) + "(.)", r"\\\1", pattern, flags=re.DOTALL) if character else pattern
    return _match_regex(node.this, text(f"^(?:{''.join(map(_similar_part, _TOKEN.finditer(pattern)))})$"))


def _similar_part(token: re.Match[str]) -> str:
    """Return a token of a pattern whose escape character is a backslash, as part of a regular expression."""
    if escaped := token["escaped"]:
        return escaped if escaped.isalnum() else "\\" + escaped
    if token["set"]:
        return token["set"].replace("\\", r"\\")
    return _METACHARACTERS.get(token["character"], token["character"])


OPERATORS = {
    **dict.fromkeys((exp.Like, exp.ILike), _like),
    **dict.fromkeys((exp.RegexpLike, exp.RegexpILike), _regex_operator),
    exp.Escape: _escape,
    exp.SimilarTo: _similar_to,
}
FUNCTIONS = {"regexp_like": Function(_regexp_like, "boolean")}
