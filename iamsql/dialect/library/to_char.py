"""to_char of times: a literal template, whose patterns are codes of strftime.

A template is tokenized as PostgreSQL does it: the longest pattern first. Patterns without a code are refused.
"""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, cast, number, paren, required_literal, text
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_STRFTIME_CODES = {
    "YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "DDD": "%j", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S",
    "MS": "%g", "US": "%f", "IYYY": "%G", "IW": "%V", "ID": "%u",
}  # fmt: skip
_ALWAYS_PADDED = {"YYYY", "IYYY", "IW", "ID", "MS", "US", "DDD"}  # DuckDB cannot print these without zeros (FM)
# Names have the case of the pattern, and PostgreSQL pads them to this width.
_NAME_CODES = {
    "MONTH": ("%B", 9),
    "MON": ("%b", 0),
    "DAY": ("%A", 9),
    "DY": ("%a", 0),
    "AM": ("%p", 0),
    "PM": ("%p", 0),
}
# Patterns of PostgreSQL that are refused; FM, FX and TM are modifiers of the next pattern.
_REFUSED_PATTERNS = (
    "A.D. A.M. AD B.C. BC CC D FF1 FF2 FF3 FF4 FF5 FF6 FM FX I IDDD IY IYY J OF P.M. RM SSSS SSSSS TM TZ TZH TZM W WW Y Y,YYY YYY"
).split()
_ALL_PATTERNS = ["Q", *_STRFTIME_CODES, *_NAME_CODES, *_REFUSED_PATTERNS]
# PostgreSQL accepts patterns in capitals or in small letters, and four of them also with a capital first letter.
_PATTERNS = sorted([*_ALL_PATTERNS, *map(str.lower, _ALL_PATTERNS), "Month", "Mon", "Day", "Dy"], key=len, reverse=True)
_TOKEN_PATTERN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"?|\\(?P<escaped>")|'
    rf"(?P<modifier>(?:FM|fm)?)(?P<pattern>{'|'.join(map(re.escape, _PATTERNS))})(?P<suffix>(?:TH|th|SP|sp)?)|(?P<plain>.)",
    re.DOTALL,
)


def _strftime_code(token: re.Match[str]) -> str | None:
    """Return a token as codes of strftime; None for a quarter or a name that is changed after strftime has printed it."""
    pattern, name = token["pattern"], (token["pattern"] or "").upper()
    if pattern is None:
        plain: str = token["escaped"] or token["plain"] or re.sub(r"\\(.)", r"\1", token["quoted"] or "")
        return plain.replace("%", "%%")
    fill_mode = bool(token["modifier"])
    if token["suffix"] or name in _REFUSED_PATTERNS or (fill_mode and name in _ALWAYS_PADDED):
        raise IamsqlError(
            f"to_char does not support '{token[0]}' in a template. In DuckDB's SQL, use strftime(time, '%Y-%m-%d')."
        )
    if name in _STRFTIME_CODES:
        return _STRFTIME_CODES[name].replace("%", "%-") if fill_mode else _STRFTIME_CODES[name]
    code, width = _NAME_CODES.get(name, ("", 0))
    as_printed = pattern in ("AM", "PM") or pattern.istitle()
    return code if name != "Q" and as_printed and (fill_mode or not width) else None


def _format_changed(token: re.Match[str], value: exp.Expr) -> exp.Expr:
    """Print a quarter, or a name in capitals, in small letters or padded with blanks."""
    pattern = token["pattern"]
    if pattern.upper() == "Q":
        return cast(call("quarter", value), "varchar")
    code, width = _NAME_CODES[pattern.upper()]
    formatted = call("strftime", value, text(code))
    if not pattern.istitle():
        formatted = call("upper" if pattern.isupper() else "lower", formatted)
    return call("rpad", formatted, number(width), text(" ")) if width and not token["modifier"] else formatted


def _rewrite_to_char(node: exp.Expr, types: Types) -> exp.Expr:
    value, pattern = node.expressions
    template, pg_type = required_literal(pattern, "The template of to_char"), types.of(value)
    if isinstance(value, exp.Null) or not template:  # PostgreSQL returns NULL for an empty template
        return exp.null()
    if pg_type == "interval":
        raise IamsqlError(
            "to_char of an interval is not supported. Use extract(hour from interval), or interval::text."
        )
    if pg_type in ("int", "number", "float"):
        raise IamsqlError(
            "to_char of a number is not supported. In DuckDB's SQL, without --dialect postgres, use printf('%03d', number)."
        )
    if pg_type not in ("timestamptz", "timestamp", "date"):
        raise IamsqlError(
            "to_char takes a time, and the type of this argument is not known: cast it, such as x::timestamptz."
        )
    pieces: list[exp.Expr] = []
    codes = ""
    for token in _TOKEN_PATTERN.finditer(template):
        if (code := _strftime_code(token)) is not None:
            codes += code
            continue
        pieces += [call("strftime", value.copy(), text(codes))] if codes else []
        pieces.append(_format_changed(token, value.copy()))
        codes = ""
    pieces += [call("strftime", value.copy(), text(codes))] if codes or not pieces else []
    printed = pieces[0]
    for piece in pieces[1:]:
        printed = exp.DPipe(this=printed, expression=piece)
    return paren(printed)


FUNCTIONS: dict[str, Function] = {"to_char": Function(_rewrite_to_char, "text")}
