"""to_char of times, intervals and numbers, to_date and to_timestamp, with literal templates.

A template is tokenized as PostgreSQL does it: the longest pattern first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect.build import call, cast, not_null, number, paren, required_literal, text, when
from iamsql.dialect.library._number_templates import number_to_char
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

# The patterns that strftime prints; the macros pg_char_time_… and pg_char_interval_… print others.
_STRFTIME = {
    "YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "DDD": "%j", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S",
    "MS": "%g", "US": "%f", "IYYY": "%G", "IW": "%V", "ID": "%u",
}  # fmt: skip
_ALWAYS_PADDED = {"YYYY", "IYYY", "IW", "ID", "MS", "US", "DDD"}  # DuckDB cannot print these without zeros
_TIME_MACROS = {
    "D": "dow", "W": "week", "WW": "year_week", "CC": "century", "J": "julian", "Q": "quarter", "IDDD": "iso_day",
    "Y,YYY": "grouped_year", "SSSS": "seconds", "SSSSS": "seconds",
}  # fmt: skip
_INTERVAL_MACROS = {
    "YYYY": "years", "MM": "months", "DD": "days", "DDD": "all_days", "HH24": "hours", "HH12": "half_hours", "HH": "half_hours",
    "MI": "minutes", "SS": "seconds", "MS": "millis", "US": "micros",
}  # fmt: skip
_LAST_DIGITS = {"YYY": ("%Y", 3), "Y": ("%Y", 1), "IYY": ("%G", 3), "IY": ("%G", 2), "I": ("%G", 1)}
_WORDS = {
    "MONTH": "%B",
    "MON": "%b",
    "DAY": "%A",
    "DY": "%a",
    **dict.fromkeys(("AM", "PM", "A.M.", "P.M."), "%p"),
    "RM": "",
}
_WIDTHS = {"MONTH": 9, "DAY": 9, "RM": 4}  # of words that are padded
# iamsql sets the time zone of a session to UTC, and no time of AWS is before Christ.
_ERA_AND_ZONE = {
    "OF": "+00",
    "TZH": "+00",
    "TZM": "00",
    "TZ": "UTC",
    "BC": "AD",
    "AD": "AD",
    "B.C.": "A.D.",
    "A.D.": "A.D.",
}
# PostgreSQL accepts patterns in capitals or in small letters, and these four also with a capital first letter.
_CAPITALIZED = ["Month", "Day", "Mon", "Dy"]
_NAMES = [*_STRFTIME, *_TIME_MACROS, *_LAST_DIGITS, *_WORDS, *_ERA_AND_ZONE, *(f"FF{size}" for size in range(1, 7))]
_PATTERNS = sorted([*_CAPITALIZED, *_NAMES, *(name.lower() for name in _NAMES)], key=len, reverse=True)
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"?|\\(?P<escaped>")|'
    r"(?P<modifiers>(?:FM|fm|FX|fx|TM|tm)*)"
    rf"(?P<pattern>{'|'.join(map(re.escape, _PATTERNS))})(?P<suffix>(?:TH|th|SP|sp)?)|(?P<plain>.)",
    re.DOTALL,
)
# The patterns that strptime reads as PostgreSQL does.
_STRPTIME = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S", "MS": "%g", "US": "%f",
    "MON": "%b", "MONTH": "%B", "AM": "%p", "PM": "%p",
}  # fmt: skip


class Part(NamedTuple):
    """A pattern of a template, or literal text, where `pattern` is empty."""

    pattern: str
    text: str
    fill_mode: bool  # FM: without padding
    suffix: str  # TH or th; SP or sp, which PostgreSQL parses and does not implement

    @property
    def name(self) -> str:
        """The pattern in capitals."""
        return self.pattern.upper()


def _template_parts(template: str) -> Iterator[Part]:
    """Yield the parts of a template."""
    for token in _TOKEN.finditer(template):
        modifiers = (token["modifiers"] or "").upper()
        plain = token["escaped"] or token["plain"] or re.sub(r"\\(.)", r"\1", token["quoted"] or "")
        # TM (localized names) does not pad either.
        yield Part(token["pattern"] or "", plain, "FM" in modifiers or "TM" in modifiers, token["suffix"] or "")


def _unsupported(part: Part, function: str) -> IamsqlError:
    return IamsqlError(f"{function} does not support '{part.pattern}{part.suffix}' in a template here.")


def _time_to_char(value: exp.Expr, template: str, pg_type: str) -> exp.Expr:
    """Print a time or an interval; adjacent parts that strftime can print share one call."""
    pieces: list[exp.Expr] = []
    codes = ""
    for part in _template_parts(template):
        code = _strftime_code(part, pg_type)
        if code is None:
            pieces += [*_strftime(value, codes), _piece(part, value.copy(), pg_type)]
        codes = "" if code is None else codes + code
    pieces += _strftime(value, codes)
    if not pieces:  # PostgreSQL returns NULL for an empty template
        return exp.null()
    printed: exp.Expr = pieces[0]
    for piece in pieces[1:]:
        printed = exp.DPipe(this=printed, expression=piece)
    is_constant = all(isinstance(piece, exp.Literal) for piece in pieces)
    return when(not_null(value.copy()), printed) if is_constant else paren(printed)


def _strftime(value: exp.Expr, codes: str) -> list[exp.Expr]:
    if not codes:
        return []
    has_codes = "%" in codes.replace("%%", "")
    return [call("strftime", value.copy(), text(codes)) if has_codes else text(codes.replace("%%", "%"))]


def _strftime_code(part: Part, pg_type: str) -> str | None:
    """Return the strftime code of a part; None if strftime cannot print the part."""
    if not part.pattern:
        return part.text.replace("%", "%%")
    if part.suffix or pg_type == "interval" or (part.fill_mode and part.name in _ALWAYS_PADDED):
        return None
    code = _STRFTIME.get(part.name)
    return code.replace("%", "%-") if code and part.fill_mode else code


def _piece(part: Part, value: exp.Expr, pg_type: str) -> exp.Expr:
    name, is_interval = part.name, pg_type == "interval"
    if part.suffix.upper() == "SP" or (is_interval and name not in _INTERVAL_MACROS):
        raise _unsupported(part, f"to_char of {pg_type}")
    if is_interval:
        printed: exp.Expr = call(f"pg_char_interval_{_INTERVAL_MACROS[name]}", value)
    elif name in _TIME_MACROS:
        printed = call(f"pg_char_time_{_TIME_MACROS[name]}", value)
    elif name in _STRFTIME:
        printed = call("strftime", value, text(_STRFTIME[name]))
    elif name in _LAST_DIGITS:
        code, size = _LAST_DIGITS[name]
        printed = call("right", call("strftime", value, text(code)), number(size))
    else:
        return _word(part, value, pg_type)
    printed = call("pg_strip_zeros", printed) if part.fill_mode else printed
    return _with_case(call("pg_ordinal", printed), part.suffix) if part.suffix else printed


def _word(part: Part, value: exp.Expr, pg_type: str) -> exp.Expr:
    name = part.name
    if name in _ERA_AND_ZONE:
        fixed = "" if name == "TZ" and pg_type == "timestamp" else _ERA_AND_ZONE[name]
        return text(fixed.lower() if part.pattern.islower() else fixed)
    if name.startswith("FF"):
        return call("left", call("strftime", value, text("%f")), number(int(name[2])))
    word = call("pg_roman", value) if name == "RM" else call("strftime", value, text(_WORDS[name]))
    dotted = call("regexp_replace", word, text("(.)M"), text(r"\1.M.")) if "." in name else word
    printed = _with_case(dotted, part.pattern)
    width = 0 if part.fill_mode else _WIDTHS.get(name, 0)
    return call("rpad", printed, number(width), text(" ")) if width else printed


def _with_case(word: exp.Expr, pattern: str) -> exp.Expr:
    if pattern.isupper():
        return call("upper", word)
    return call("lower", word) if pattern.islower() else word


def _to_char(node: exp.Expr, types: Types) -> exp.Expr:
    value, pattern = node.expressions
    template, pg_type = required_literal(pattern, "The template of to_char"), types.of(value)
    if isinstance(value, exp.Null):
        return exp.null()
    if pg_type in ("int", "number", "float"):
        return number_to_char(value, template)
    if pg_type in ("timestamptz", "timestamp", "date", "interval"):
        return _time_to_char(value, template, pg_type)
    raise IamsqlError(
        "to_char takes a time, an interval or a number, and the type of this argument is not known: cast it, e.g. x::timestamptz."
    )


def _strptime(node: exp.Expr) -> exp.Expr:
    """Parse text by a template; text that does not match it is an error."""
    codes, function = "", str(node.this)
    for part in _template_parts(required_literal(node.expressions[1], f"The template of {function}")):
        if part.pattern and (part.name not in _STRPTIME or part.suffix):
            raise _unsupported(part, function)
        codes += _STRPTIME[part.name] if part.pattern else part.text.replace("%", "%%")
    return call("strptime", node.expressions[0], text(codes))


def _to_timestamp(node: exp.Expr, types: Types) -> exp.Expr:
    if len(node.expressions) == 1:
        return call("to_timestamp", cast(node.expressions[0], "double"))
    return cast(_strptime(node), "timestamptz")


FUNCTIONS: dict[str, Function] = {
    "to_char": Function(_to_char, "text"),
    "to_date": Function(lambda node, types: cast(_strptime(node), "date"), "date"),
    "to_timestamp": Function(_to_timestamp, "timestamptz"),
}
