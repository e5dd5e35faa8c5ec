"""Regular expressions by RE2: the operators, and the functions that find, cut and replace."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, literal, number, paren, text, whole
from iamsql.dialect.library._re2_writer import Pattern
from iamsql.dialect.library._regex_translation import flags_of, never_empty, search, use
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

GROUP = re.compile(r"\\(.?)", re.DOTALL)


def _flags(args: list[exp.Expr], place: int, name: str) -> str:
    if len(args) <= place:
        return ""
    words = literal(args[place])
    if words is None:
        raise IamsqlError(f"{name} takes its flags as a text written out in the query.")
    return words


def _subject(node: exp.Expr, pattern: Pattern) -> exp.Expr:
    return call("pg_regex_ascii", node.copy()) if pattern.ascii_only else node.copy()


def matching(subject: exp.Expr, pattern: exp.Expr, flags: str = "") -> exp.Expr:
    """Tell whether a pattern matches anywhere in a text."""
    words = literal(pattern)
    if words is None:
        chosen = flags_of(flags)
        if chosen.lines or chosen.edges or chosen.loose or chosen.plain:
            raise IamsqlError("Other flags than i, c and g need a pattern that is written out in the query.")
        return call("pg_regex_search", subject, pattern, text("(?si)" if chosen.fold else "(?s)"))
    found = search(words, flags)
    result: exp.Expr = call("regexp_matches", _subject(subject, found), text(found.text))
    for wanted, other in found.also:
        one: exp.Expr = call("regexp_matches", subject.copy(), text(other))
        result = exp.And(this=result, expression=one if wanted else exp.Not(this=one))
    return paren(result)


def _operator(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if kinds.of(node.this) == "ltree":
        return None
    several, every = _patterns(node.expression)
    if several is not None:
        flags = "i" if isinstance(node, exp.RegexpILike) else ""
        every = every != bool(node.meta.get("negated"))  # x !~ ALL (…) is read as NOT x ~ ANY (…)
        tests = [matching(node.this.copy(), one, flags) for one in several]
        return (
            exp.Paren(this=(exp.and_ if every else exp.or_)(*tests, copy=False)) if tests else exp.Boolean(this=every)
        )
    return matching(node.this, node.expression, "i" if isinstance(node, exp.RegexpILike) else "")


def _patterns(node: exp.Expr) -> tuple[list[exp.Expr] | None, bool]:
    """Return the patterns of ANY or ALL, which must be written out, and whether all must match; None for one pattern."""
    every = isinstance(node, exp.All) or (isinstance(node, exp.Anonymous) and node.this == "all")
    if not every and not isinstance(node, exp.Any):
        return None, False
    listed = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    while isinstance(listed, exp.Paren | exp.Cast):
        listed = listed.this
    if isinstance(listed, exp.Array) and all(literal(one) is not None for one in listed.expressions):
        return list(listed.expressions), every
    raise IamsqlError("~ ANY and ~ ALL take an array of patterns that are written out in the query.")


def _like(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    args = node.expressions
    return matching(args[0], args[1], _flags(args, 2, "regexp_like"))


def _group(subject: exp.Expr, pattern: Pattern, slot: tuple[int, int], name: str) -> exp.Expr:
    place, proof = slot
    if proof < 0:
        raise IamsqlError(
            "iamsql cannot tell whether a group that may be empty took part in the match.\n"
            "Write the optional part so that the group matches at least one character."
        )
    return call(name, _subject(subject, pattern), text(pattern.text), number(place), number(proof))


def _found(subject: exp.Expr, words: exp.Expr, flags: str) -> exp.Expr:
    """Give the groups of the first match as a list (the whole match if there are none), NULL if there is no match."""
    pattern = _constant(words, flags)
    if pattern is None:
        whole_match = call("pg_regex_first", subject.copy(), call("pg_regex_settled", words.copy()))
        groups: list[exp.Expr] = [whole_match]
    else:
        slots = pattern.slots or [(0, 0)]
        groups = [_group(subject, pattern, slot, "pg_regex_group") for slot in slots]
    tried = call(
        "regexp_matches", subject.copy(), text(pattern.text) if pattern else call("pg_regex_settled", words.copy())
    )
    return exp.Case(ifs=[exp.If(this=tried, true=exp.Array(expressions=groups))])


def _constant(words: exp.Expr, flags: str, groups: bool = True) -> Pattern | None:
    if isinstance(words, exp.Null):
        return None
    if (found := literal(words)) is not None:
        return use(found, flags, groups)
    if flags.strip("g"):
        raise IamsqlError("Flags other than g need a pattern that is written out in the query.")
    return None


def _match(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    args = node.expressions
    flags = _flags(args, 2, "regexp_match")
    if "g" in flags:
        raise IamsqlError("regexp_match does not take the flag g: it gives one match. Use regexp_matches.")
    return _found(args[0], args[1], flags)


def _matches(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give every match as a list of its groups."""
    args = node.expressions
    flags = _flags(args, 2, "regexp_matches")
    if "g" not in flags:
        found = _found(args[0], args[1], flags)
        held = call("list_filter", exp.Array(expressions=[found]), exp.Var(this="lambda one: one is not null"))
        return held
    never_empty(args[1], flags, "regexp_matches with the flag g")
    pattern = use(literal(args[1]) or "", flags)
    columns = [_group(args[0], pattern, slot, "pg_regex_column") for slot in pattern.slots or [(0, 0)]]
    return call("pg_regex_rows", exp.Array(expressions=columns))


def _replacement(words: str, pattern: Pattern) -> str:
    """Write a replacement with RE2's marks: \\& is the whole match, other escapes are plain."""

    def mark(found: re.Match[str]) -> str:
        letter = found[1]
        if letter == "&":
            return r"\0"
        if letter.isdigit() and letter != "0":
            if int(letter) > len(pattern.slots):
                return ""
            place = pattern.slots[int(letter) - 1][0]
            if place > 9:
                raise IamsqlError("A pattern with more than nine groups cannot be used in regexp_replace.")
            return f"\\{place}"
        return "\\\\" + ("" if letter == "\\" else letter)

    return GROUP.sub(mark, words)


def _replace(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    subject, words, fresh, *more = node.expressions
    if more and kinds.of(more[0]) != "text":
        if whole(more[0]) != 1 or (len(more) > 1 and whole(more[1]) not in (0, 1)):
            raise IamsqlError(
                "regexp_replace from another place than 1, or of another match than the first or all, is not supported."
            )
        every = len(more) > 1 and whole(more[1]) == 0
        more = more[2:]
    else:
        every = False
    flags = _flags(more, 0, "regexp_replace")
    every = every or "g" in flags
    known = literal(fresh)
    uses_groups = known is None or any(one.isdigit() for one in re.findall(r"\\(?:\\|(.))", known))
    pattern = _constant(words, flags, groups=uses_groups)
    if every and known != "":
        never_empty(words, flags, "regexp_replace with the flag g")
    target = text(pattern.text) if pattern else call("pg_regex_settled", words)
    written = (
        call("pg_regex_replacement", fresh) if known is None else text(_replacement(known, pattern or Pattern("")))
    )
    source = _subject(subject, pattern) if pattern else subject
    return call("regexp_replace", source, target, written, *([text("g")] if every else []))


def _split(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    args = node.expressions
    flags = _flags(args, 2, "regexp_split_to_table")
    words = literal(args[1])
    if words == "":
        return call("pg_letters", args[0])
    never_empty(args[1], flags, "A split by a regular expression")
    pattern = use(words or "", flags, groups=False)
    return call("regexp_split_to_array", _subject(args[0], pattern), text(pattern.text))


def substring(subject: exp.Expr, words: exp.Expr) -> exp.Expr:
    """Give what the first group of a pattern matches, or the whole pattern if it has no group."""
    pattern = _constant(words, "")
    if pattern is None:
        return call("pg_regex_first", subject, call("pg_regex_settled", words))
    return _group(subject, pattern, (pattern.slots or [(0, 0)])[0], "pg_regex_group")


def _count(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    args = node.expressions
    if len(args) > 2 and whole(args[2]) != 1:
        raise IamsqlError("regexp_count from another place than 1 is not supported.")
    flags = _flags(args, 3, "regexp_count")
    never_empty(args[1], flags, "regexp_count")
    pattern = use(literal(args[1]) or "", flags, groups=False)
    return call("len", call("regexp_extract_all", _subject(args[0], pattern), text(pattern.text)))


def _substr(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    args = node.expressions
    if len(args) > 2:
        raise IamsqlError("regexp_substr takes a text and a pattern here; use regexp_match for its groups.")
    pattern = _constant(args[1], "", groups=False)
    target = text(pattern.text) if pattern else call("pg_regex_settled", args[1])
    return call("pg_regex_first", _subject(args[0], pattern) if pattern else args[0], target)


REWRITES = {
    "regexp_like": _like,
    "regexp_match": _match,
    "regexp_replace": _replace,
    "regexp_split_to_array": _split,
    "regexp_count": _count,
    "regexp_substr": _substr,
}
TABLES = {"regexp_matches": _matches, "regexp_split_to_table": _split}
OPERATORS = {exp.RegexpLike: _operator, exp.RegexpILike: _operator}
KINDS = {
    "regexp_like": "boolean",
    "regexp_match": "text[]",
    "regexp_matches": "text[]",
    "regexp_replace": "text",
    "regexp_split_to_array": "text[]",
    "regexp_split_to_table": "text",
    "regexp_count": "int",
    "regexp_substr": "text",
}
