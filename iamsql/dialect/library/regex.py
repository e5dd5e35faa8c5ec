"""Functions of regular expressions that return or replace matched text, executed by RE2, the engine of DuckDB.

A literal pattern is translated (_regex_translation.py), and refused if RE2 may match another text. A pattern that is known at
run time only is checked by a macro.
"""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, literal_integer, literal_text, number, required_literal, text, when
from iamsql.dialect.library._regex_translation import Pattern, extract_pattern
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_REPLACEMENT_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


def literal_flags(call_node: exp.Expr, position: int) -> str:
    """Return the flags that are the argument at a position, '' without it; raise IamsqlError unless they are literal."""
    return _flag_letters(call_node.expressions[position:], str(call_node.this))


def _flag_letters(options: list[exp.Expr], function: str) -> str:
    return required_literal(options[0], f"The flags of {function}") if options else ""


def checked_subject(node: exp.Expr, pattern: Pattern | None) -> exp.Expr:
    """Return the text to which a pattern is applied; a macro checks that the text is ASCII if the pattern requires it."""
    return call("pg_regex_ascii", node.copy()) if pattern is not None and pattern.ascii_only else node.copy()


def _translate(pattern: exp.Expr, flags: str, groups: bool = True) -> Pattern | None:
    """Translate a pattern; None for a pattern of run time."""
    if isinstance(pattern, exp.Null):
        return None
    if (literal := literal_text(pattern)) is not None:
        return extract_pattern(literal, flags, groups)
    if flags.strip("g"):
        raise IamsqlError("Flags other than g need a string literal as the pattern.")
    return None


def _never_empty(translated: Pattern | None, usage: str) -> Pattern:
    """Return a literal pattern that matches at least one character; raise IamsqlError for others. `usage` begins the message."""
    if translated is None or translated.can_be_empty:
        raise IamsqlError(
            f"{usage} needs a string literal as its pattern, which matches at least one character,\n"
            "since PostgreSQL and RE2 count empty matches differently."
        )
    return translated


def _regex(translated: Pattern | None, pattern: exp.Expr) -> exp.Expr:
    """Return the regular expression for DuckDB; a pattern of run time is checked by a macro."""
    return call("pg_regex_extractable", pattern.copy()) if translated is None else text(translated.regex)


def _group(subject: exp.Expr, pattern: Pattern, place: int, function: str) -> exp.Expr:
    if place in pattern.uncertain_groups:
        raise IamsqlError(
            "iamsql cannot tell whether a group that may be empty took part in the match.\n"
            "Write the optional part so that the group matches at least one character."
        )
    return call(function, checked_subject(subject, pattern), text(pattern.regex), number(place))


def _places(pattern: Pattern) -> list[int]:
    """Return the numbers of the groups, or that of the entire match for a pattern without groups."""
    return list(range(1, pattern.group_count + 1)) or [0]


def regex_substring(subject: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    """Return the text that the first group of a pattern matches, or the pattern if it has no group."""
    if (translated := _translate(pattern, "")) is None:
        return call("pg_regex_first", subject.copy(), _regex(None, pattern))
    return _group(subject, translated, _places(translated)[0], "pg_regex_group")


def _first_match(subject: exp.Expr, pattern: exp.Expr, flags: str) -> exp.Expr:
    """Return the groups of the first match as a list, NULL without a match."""
    if (translated := _translate(pattern, flags)) is None:
        texts: list[exp.Expr] = [call("pg_regex_first", subject.copy(), _regex(None, pattern))]
    else:
        texts = [_group(subject, translated, place, "pg_regex_group") for place in _places(translated)]
    test = call("regexp_matches", subject.copy(), _regex(translated, pattern))
    return when(test, exp.Array(expressions=texts))


def _regexp_match(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern = node.expressions[:2]
    flags = literal_flags(node, 2)
    if "g" in flags:
        raise IamsqlError("regexp_match does not take the flag g: it returns one match. Use regexp_matches.")
    return _first_match(subject, pattern, flags)


def _regexp_matches(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a list with the groups of each match."""
    subject, pattern = node.expressions[:2]
    flags = literal_flags(node, 2)
    if "g" not in flags:
        first = exp.Array(expressions=[_first_match(subject, pattern, flags)])
        return call("list_filter", first, exp.Var(this="lambda match_: match_ is not null"))
    translated = _never_empty(_translate(pattern, flags), "regexp_matches with the flag g")
    columns = [_group(subject, translated, place, "regexp_extract_all") for place in _places(translated)]
    return call("pg_regex_rows", exp.Array(expressions=columns))


def _replacement(literal: str, pattern: Pattern | None) -> str:
    """Return a replacement in the syntax of RE2, where \\0 is the entire match."""
    # A replacement refers to \\1 to \\9 in both: \\10 is \\1 and a zero. DuckDB refuses a group that the pattern does not have.
    group_count = pattern.group_count if pattern is not None else 0

    def convert(escape: re.Match[str]) -> str:
        character = escape[1]
        if character == "&":
            return r"\0"
        if character.isdigit() and character != "0":
            return f"\\{character}" if int(character) <= group_count else ""
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
    flags = _flag_letters(options, "regexp_replace")
    replaces_all = replaces_all or "g" in flags
    literal = literal_text(replacement)
    uses_groups = literal is None or any(character.isdigit() for character in re.findall(r"\\(?:\\|(.))", literal))
    translated = _translate(pattern, flags, groups=uses_groups)
    # To remove an empty match changes nothing, however many empty matches an engine finds.
    if replaces_all and literal != "":
        _never_empty(translated, "regexp_replace with the flag g")
    new = call("pg_regex_replacement", replacement) if literal is None else text(_replacement(literal, translated))
    source = checked_subject(subject, translated)
    return call("regexp_replace", source, _regex(translated, pattern), new, *([text("g")] if replaces_all else []))


def _regexp_split(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern = node.expressions[:2]
    if literal_text(pattern) == "":
        return call("pg_characters", subject)
    return _apply(node, 2, "regexp_split_to_array", "A split by a regular expression")


def _regexp_count(node: exp.Expr, types: Types) -> exp.Expr:
    start = node.expressions[2:3]
    if start and literal_integer(start[0]) != 1:
        raise IamsqlError("regexp_count supports the start 1 only.")
    return call("len", _apply(node, 3, "regexp_extract_all", "regexp_count"))


def _apply(node: exp.Expr, flags_position: int, function: str, usage: str) -> exp.Expr:
    """Call a function of DuckDB that splits a text at the matches of a pattern, or extracts all of them."""
    subject, pattern = node.expressions[:2]
    flags = literal_flags(node, flags_position)
    translated = _never_empty(_translate(pattern, flags, groups=False), usage)
    return call(function, checked_subject(subject, translated), text(translated.regex))


def _regexp_substr(node: exp.Expr, types: Types) -> exp.Expr:
    subject, pattern, *options = node.expressions
    if options:
        raise IamsqlError("regexp_substr takes a text and a pattern here; use regexp_match for its groups.")
    translated = _translate(pattern, "", groups=False)
    return call("pg_regex_first", checked_subject(subject, translated), _regex(translated, pattern))


FUNCTIONS = {
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
