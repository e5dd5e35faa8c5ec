"""Texts and regular expressions: DuckDB returns '' where Trino returns NULL, and writes groups with a backslash."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.lake.engines.trino.build import Rule, call, coalesce, literal, text_of, typed, unless_null
from iamsql.lake.engines.trino.errors import TrinoError

# Trino replaces every match: a pattern with an anchor outside of groups matches once at most.
_PARTS = r"(?:\\.|\([^()]*\)|[^|()\\])*"
_ANCHORED = re.compile(rf"\^{_PARTS}|{_PARTS}(?<!\\)\$")


def _empty(value: exp.Expr, found: exp.Expr) -> exp.Expr:
    """Return what a function found in a text, or ''."""
    return typed(coalesce(found, unless_null(value, literal(""))), "text")


def _split_part(node: exp.Expr) -> exp.Expr:
    place = node.args["part_index"]
    if isinstance(place, exp.Neg) and isinstance(place.this, exp.Literal):  # counted from the end
        return _empty(node.this, call("element_at", call("split", node.this, node.args["delimiter"]), place))
    if not isinstance(place, exp.Literal) or place.name == "0":
        raise TrinoError("split_part with a position that is not a number")
    return _empty(node.this, call("split_part", node.this, node.args["delimiter"], place))


def _with_flags(pattern: exp.Expr, flags: exp.Expr | None) -> exp.Expr:
    """Return a pattern that starts with its flags."""
    if flags is None:
        return pattern.copy()
    if not isinstance(flags, exp.Literal) or set(flags.name) - set("isc"):
        raise TrinoError("flags of a regular expression")
    marks = "".join(sorted(set(flags.name) - {"c"}))
    return _joined(f"(?{marks})" if marks else "", pattern, "")


def _joined(before: str, pattern: exp.Expr, after: str) -> exp.Expr:
    if isinstance(pattern, exp.Literal):
        return literal(before + pattern.name + after)
    return call("concat", before, pattern, after)


def _full_match(node: exp.Expr) -> exp.Expr:
    pattern = _with_flags(_joined(r"\A(?:", node.expression, r")\z"), node.args.get("options"))
    return typed(call("regexp_like", node.this, pattern), "boolean")


def _matches(node: exp.Expr) -> exp.Expr:
    return typed(call("regexp_like", node.this, _with_flags(node.expression, node.args.get("flag"))), "boolean")


def _replace(node: exp.Expr) -> exp.Expr:
    pattern, new = node.expression, node.args["replacement"]
    flags = node.args.get("modifiers")
    is_global = flags is not None and "g" in flags.name
    if not isinstance(new, exp.Literal):
        raise TrinoError("a replacement that is not a text")
    if not is_global and not (isinstance(pattern, exp.Literal) and _ANCHORED.fullmatch(pattern.name)):
        raise TrinoError("the replacement of the first match")
    others = flags.name.replace("g", "") if flags is not None else ""
    text = re.sub(r"\\(\d)", r"$\1", new.name.replace("$", r"\$"))
    return typed(
        call("regexp_replace", node.this, _with_flags(pattern, literal(others) if others else None), text), "text"
    )


def _extract(node: exp.Expr) -> exp.Expr:
    group = node.args.get("group")
    arguments = [node.this, node.expression, *([group] if group is not None else [])]
    return _empty(node.this, call("regexp_extract", *arguments))


def _extract_all(node: exp.Expr) -> exp.Expr:
    group = node.args.get("group")
    arguments = [node.this, node.expression, *([group] if group is not None else [])]
    return typed(call("regexp_extract_all", *arguments), "varchar[]")


def _concat(node: exp.Expr) -> exp.Expr:
    """Return concat(), which takes NULL for '' and writes numbers as text in DuckDB."""
    parts = [_part(part) for part in node.expressions]
    return typed(call("concat", *parts) if len(parts) > 1 else parts[0], "text")


def _part(part: exp.Expr) -> exp.Expr:
    if isinstance(part, exp.Literal):
        return literal(part.name)
    return coalesce(text_of(part), literal(""))


def _ends_with(node: exp.Expr) -> exp.Expr:
    # ends_with() is newer than Athena's engine.
    size = exp.Neg(this=call("length", node.expression))
    return typed(exp.EQ(this=call("substr", node.this, size), expression=node.expression.copy()), "boolean")


def _repeat(node: exp.Expr) -> exp.Expr:
    # repeat() of Trino returns an array.
    text, times = node.this, node.args["times"]
    if not isinstance(text, exp.Literal) or len(text.name) != 1:
        raise TrinoError("repeat() of more than a character")
    return typed(call("lpad", "", times, text), "text")


RULES: dict[type[exp.Expr], Rule] = {
    exp.Concat: _concat,
    exp.SplitPart: _split_part,
    exp.RegexpFullMatch: _full_match,
    exp.RegexpLike: _matches,
    exp.RegexpReplace: _replace,
    exp.RegexpExtract: _extract,
    exp.RegexpExtractAll: _extract_all,
    exp.StartsWith: lambda node: call("starts_with", node.this, node.expression),
    exp.EndsWith: _ends_with,
    exp.Repeat: _repeat,
    exp.Left: lambda node: call("substr", node.this, 1, node.expression),
    exp.Split: lambda node: typed(call("split", node.this, node.expression), "varchar[]"),
}
