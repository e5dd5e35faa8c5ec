"""Regular expression operators and functions, executed by RE2, the engine of DuckDB.

A literal pattern is translated (_regex_translation.py). A pattern that is known at run time only is checked by a macro then.
"""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, literal_integer, literal_text, number, paren, text, when
from iamsql.dialect.core.like import combined, is_all
from iamsql.dialect.library._re2_writer import Capture, Pattern
from iamsql.dialect.library._regex_translation import check_never_empty, extract_pattern, match_pattern, parse_flags
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_REPLACEMENT_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_WHOLE_MATCH = Capture(0, 0)


def _flags(arguments: list[exp.Expr], position: int, function: str) -> str:
    if len(arguments) <= position:
        return ""
    flags = literal_text(arguments[position])
    if flags is None:
        raise IamsqlError(f"{function} needs a string literal as its flags.")
    return flags


def _subject(node: exp.Expr, pattern: Pattern | None) -> exp.Expr:
    return call("pg_regex_ascii", node.copy()) if pattern is not None and pattern.ascii_only else node.copy()


def matches(subject: exp.Expr, pattern: exp.Expr, flags: str = "") -> exp.Expr:
    """Return the test whether a pattern matches anywhere in a text."""
    literal = literal_text(pattern)
    if literal is None:
        parsed = parse_flags(flags)
        if parsed.newline_sensitive or parsed.multiline or parsed.expanded or parsed.literal:
            raise IamsqlError("Flags other than i, c and g need a string literal as the pattern.")
        return call("pg_regex_search", subject, pattern, text("(?si)" if parsed.ignore_case else "(?s)"))
    translated = match_pattern(literal, flags)
    test: exp.Expr = call("regexp_matches", _subject(subject, translated), text(translated.regex))
    for lookahead in translated.lookaheads:
        also: exp.Expr = call("regexp_matches", subject.copy(), text(lookahead.regex))
        test = exp.And(this=test, expression=also if lookahead.positive else exp.Not(this=also))
    return paren(test)


def _match_operator(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node.this) == "ltree":
        return None
    flags = "i" if isinstance(node, exp.RegexpILike) else ""
    pattern, every = node.expression, is_all(node.expression)
    if not every and not isinstance(pattern, exp.Any):
        return matches(node.this, pattern, flags)
    tests = [matches(node.this.copy(), each, flags) for each in _array_patterns(pattern)]
    # The grammar reads x !~ ALL (…) as NOT (x ~ ALL (…)), and it means NOT (x ~ ANY (…)); likewise for ANY.
    return combined(tests, every != bool(node.meta.get("negated")))


def _array_patterns(node: exp.Expr) -> list[exp.Expr]:
    """Return the patterns of ANY or ALL."""
    patterns = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    while isinstance(patterns, exp.Paren | exp.Cast):
        patterns = patterns.this
    if isinstance(patterns, exp.Array) and all(literal_text(pattern) is not None for pattern in patterns.expressions):
        return list(patterns.expressions)
    raise IamsqlError("~ ANY and ~ ALL need an array of string literals.")


def _regexp_like(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern = node.expressions[:2]
    return matches(subject, pattern, _flags(node.expressions, 2, "regexp_like"))


def _translate(pattern: exp.Expr, flags: str, groups: bool = True) -> Pattern | None:
    """Translate a pattern whose matched text is used; None for a pattern of run time."""
    if isinstance(pattern, exp.Null):
        return None
    if (literal := literal_text(pattern)) is not None:
        return extract_pattern(literal, flags, groups)
    if flags.strip("g"):
        raise IamsqlError("Flags other than g need a string literal as the pattern.")
    return None


def _regex(translated: Pattern | None, pattern: exp.Expr) -> exp.Expr:
    """Return the regular expression for DuckDB; a pattern of run time is checked by a macro."""
    return call("pg_regex_extractable", pattern.copy()) if translated is None else text(translated.regex)


def _group(subject: exp.Expr, pattern: Pattern, group: Capture, macro: str) -> exp.Expr:
    if group.proof < 0:
        raise IamsqlError(
            "iamsql cannot tell whether a group that may be empty took part in the match.\n"
            "Write the optional part so that the group matches at least one character."
        )
    return call(macro, _subject(subject, pattern), text(pattern.regex), number(group.number), number(group.proof))


def regex_substring(subject: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    """Return the text that the first group of a pattern matches, or the pattern as a whole if it has no group."""
    translated = _translate(pattern, "")
    if translated is None:
        return call("pg_regex_first", subject, _regex(None, pattern))
    return _group(subject, translated, (translated.captures or [_WHOLE_MATCH])[0], "pg_regex_group")


def _first_match(subject: exp.Expr, pattern: exp.Expr, flags: str) -> exp.Expr:
    """Return the groups of the first match as a list (or the match as a whole), NULL without a match."""
    translated = _translate(pattern, flags)
    if translated is None:
        texts: list[exp.Expr] = [call("pg_regex_first", subject.copy(), _regex(None, pattern))]
    else:
        groups = translated.captures or [_WHOLE_MATCH]
        texts = [_group(subject, translated, group, "pg_regex_group") for group in groups]
    test = call("regexp_matches", subject.copy(), _regex(translated, pattern))
    return when(test, exp.Array(expressions=texts))


def _regexp_match(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern = node.expressions[:2]
    flags = _flags(node.expressions, 2, "regexp_match")
    if "g" in flags:
        raise IamsqlError("regexp_match does not take the flag g: it returns one match. Use regexp_matches.")
    return _first_match(subject, pattern, flags)


def _regexp_matches(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a list with the groups of each match."""
    subject, pattern = node.expressions[:2]
    flags = _flags(node.expressions, 2, "regexp_matches")
    if "g" not in flags:
        first = exp.Array(expressions=[_first_match(subject, pattern, flags)])
        return call("list_filter", first, exp.Var(this="lambda match_: match_ is not null"))
    check_never_empty(pattern, flags, "regexp_matches with the flag g")
    translated = extract_pattern(literal_text(pattern) or "", flags)
    groups = translated.captures or [_WHOLE_MATCH]
    columns = [_group(subject, translated, group, "pg_regex_column") for group in groups]
    return call("pg_regex_rows", exp.Array(expressions=columns))


def _replacement(literal: str, pattern: Pattern | None) -> str:
    """Return a replacement in the syntax of RE2, where \\0 is the whole match."""
    groups = pattern.captures if pattern is not None else []

    def convert(escape: re.Match[str]) -> str:
        character = escape[1]
        if character == "&":
            return r"\0"
        if character.isdigit() and character != "0":
            if int(character) > len(groups):
                return ""
            index = groups[int(character) - 1].number
            if index > 9:
                raise IamsqlError("A pattern with more than nine groups cannot be used in regexp_replace.")
            return f"\\{index}"
        return "\\\\" + ("" if character == "\\" else character)

    return _REPLACEMENT_ESCAPE.sub(convert, literal)


def _regexp_replace(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern, replacement, *options = node.expressions
    replaces_all = False
    if options and types.of(options[0]) != "text":
        start, number_of_match, options = options[0], options[1:2], options[2:]
        occurrence = literal_integer(number_of_match[0]) if number_of_match else 1
        if literal_integer(start) != 1 or occurrence not in (0, 1):
            raise IamsqlError("regexp_replace supports the start 1, and the first match or all matches.")
        replaces_all = occurrence == 0
    flags = _flags(options, 0, "regexp_replace")
    replaces_all = replaces_all or "g" in flags
    literal = literal_text(replacement)
    uses_groups = literal is None or any(character.isdigit() for character in re.findall(r"\\(?:\\|(.))", literal))
    translated = _translate(pattern, flags, groups=uses_groups)
    if replaces_all and literal != "":
        check_never_empty(pattern, flags, "regexp_replace with the flag g")
    if literal is None:
        new: exp.Expr = call("pg_regex_replacement", replacement)
    else:
        new = text(_replacement(literal, translated))
    source = _subject(subject, translated)
    return call("regexp_replace", source, _regex(translated, pattern), new, *([text("g")] if replaces_all else []))


# PostgreSQL and RE2 split the same text at the same matches, except at empty ones.
def _regexp_split(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern = node.expressions[:2]
    flags = _flags(node.expressions, 2, "regexp_split_to_table")
    if literal_text(pattern) == "":
        return call("pg_characters", subject)
    check_never_empty(pattern, flags, "A split by a regular expression")
    translated = extract_pattern(literal_text(pattern) or "", flags, groups=False)
    return call("regexp_split_to_array", _subject(subject, translated), text(translated.regex))


def _regexp_count(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern, *start = node.expressions[:3]
    if start and literal_integer(start[0]) != 1:
        raise IamsqlError("regexp_count supports the start 1 only.")
    flags = _flags(node.expressions, 3, "regexp_count")
    check_never_empty(pattern, flags, "regexp_count")
    translated = extract_pattern(literal_text(pattern) or "", flags, groups=False)
    return call("len", call("regexp_extract_all", _subject(subject, translated), text(translated.regex)))


def _regexp_substr(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern, *options = node.expressions
    if options:
        raise IamsqlError("regexp_substr takes a text and a pattern here; use regexp_match for its groups.")
    translated = _translate(pattern, "", groups=False)
    return call("pg_regex_first", _subject(subject, translated), _regex(translated, pattern))


OPERATORS = {exp.RegexpLike: _match_operator, exp.RegexpILike: _match_operator}
FUNCTIONS = {
    "regexp_like": Function(_regexp_like, "boolean"),
    "regexp_match": Function(_regexp_match, "text[]"),
    "regexp_replace": Function(_regexp_replace, "text"),
    "regexp_split_to_array": Function(_regexp_split, "text[]"),
    "regexp_count": Function(_regexp_count, "int"),
    "regexp_substr": Function(_regexp_substr, "text"),
}
SET_RETURNING = {
    "regexp_matches": Function(_regexp_matches, "text[]"),
    "regexp_split_to_table": Function(_regexp_split, "text"),
}
