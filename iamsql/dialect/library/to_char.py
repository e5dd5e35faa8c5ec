"""to_char of times, intervals and numbers, to_date and to_timestamp, with literal templates.

A template is tokenized as PostgreSQL does it: the longest pattern first.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect.build import call, cast, not_null, number, paren, required_literal, text, when
from iamsql.dialect.library._number_templates import number_to_char
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

# PostgreSQL accepts patterns in capitals or in small letters, and these four also with a capital first letter.
_CAPITALIZED = ["Month", "Day", "Mon", "Dy"]
_PATTERN_NAMES = (
    "Y,YYY YYYY YYY YY Y IYYY IYY IY I MONTH MON MM DAY DY DDD DD D IDDD ID WW W IW CC J Q RM HH24 HH12 HH MI SSSSS SSSS SS "
    "MS US FF1 FF2 FF3 FF4 FF5 FF6 AM PM A.M. P.M. BC AD B.C. A.D. TZH TZM TZ OF"
).split()
_PATTERNS = sorted([*_CAPITALIZED, *_PATTERN_NAMES, *(name.lower() for name in _PATTERN_NAMES)], key=len, reverse=True)
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"?|\\(?P<escaped>")|'
    r"(?P<modifiers>(?:FM|fm|FX|fx|TM|tm)*)"
    rf"(?P<pattern>{'|'.join(map(re.escape, _PATTERNS))})(?P<suffix>(?:TH|th|SP|sp)?)|(?P<plain>.)",
    re.DOTALL,
)
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
_NAMES = {"MONTH": ("%B", 9), "MON": ("%b", 0), "DAY": ("%A", 9), "DY": ("%a", 0)}  # with the width they are padded to
# iamsql sets the time zone of a session to UTC, and no time of AWS is before Christ.
_ERA_AND_ZONE = {
    "OF": "+00", "TZH": "+00", "TZM": "00", "BC": "AD", "AD": "AD", "B.C.": "A.D.", "A.D.": "A.D.",
}  # fmt: skip
# The patterns that strptime reads as PostgreSQL does.
_STRPTIME = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S", "MS": "%g", "US": "%f",
    "MON": "%b", "MONTH": "%B", "AM": "%p", "PM": "%p",
}  # fmt: skip


class Part(NamedTuple):
    """A pattern of a template, or literal text, where `pattern` is empty."""

    pattern: str = ""
    text: str = ""
    fill_mode: bool = False  # FM: without padding
    ordinal: str = ""  # TH or th
    unsupported: str = ""  # SP, which PostgreSQL parses and does not implement

    @property
    def name(self) -> str:
        """The pattern in capitals."""
        return self.pattern.upper()


def _template_parts(template: str) -> list[Part]:
    """Return the parts of a template."""
    parts: list[Part] = []
    for token in _TOKEN.finditer(template):
        if token["pattern"]:
            modifiers, suffix = token["modifiers"].upper(), token["suffix"]
            fill_mode = "FM" in modifiers or "TM" in modifiers  # TM (localized names) does not pad either
            ordinal, unsupported = (suffix, "") if suffix.upper() == "TH" else ("", suffix)
            parts.append(Part(token["pattern"], "", fill_mode, ordinal, unsupported))
        else:
            quoted = token["quoted"]
            plain = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token["escaped"] or token["plain"] or ""
            parts.append(Part(text=plain))
    return parts


def _unsupported(part: Part, function: str) -> IamsqlError:
    return IamsqlError(f"{function} does not support '{part.pattern}{part.unsupported}' in a template here.")


def _time_to_char(value: exp.Expr, template: str, pg_type: str) -> exp.Expr:
    """Print a time or an interval; adjacent parts that strftime can print share one call."""
    pieces: list[exp.Expr] = []
    codes = ""
    for part in _template_parts(template):
        code = _strftime_code(part, pg_type)
        if code is not None:
            codes += code
            continue
        pieces += [*_strftime(value, codes), _piece(part, value.copy(), pg_type)]
        codes = ""
    pieces += _strftime(value, codes)
    if not pieces:  # PostgreSQL returns NULL for an empty template
        return exp.null()
    printed = pieces[0]
    for piece in pieces[1:]:
        printed = exp.DPipe(this=printed, expression=piece)
    printed = paren(printed)
    if all(isinstance(piece, exp.Literal) for piece in pieces):
        return when(not_null(value.copy()), printed)
    return printed


def _strftime(value: exp.Expr, codes: str) -> list[exp.Expr]:
    if not codes:
        return []
    has_codes = "%" in codes.replace("%%", "")
    return [call("strftime", value.copy(), text(codes)) if has_codes else text(codes.replace("%%", "%"))]


def _strftime_code(part: Part, pg_type: str) -> str | None:
    """Return the strftime code of a part; None if strftime cannot print the part."""
    if not part.pattern:
        return part.text.replace("%", "%%")
    if part.unsupported or part.ordinal or pg_type == "interval" or part.name not in _STRFTIME:
        return None
    if part.fill_mode and part.name in _ALWAYS_PADDED:
        return None
    code = _STRFTIME[part.name]
    return code.replace("%", "%-") if part.fill_mode else code


def _piece(part: Part, value: exp.Expr, pg_type: str) -> exp.Expr:
    name = part.name
    if part.unsupported or (pg_type == "interval" and name not in _INTERVAL_MACROS):
        raise _unsupported(part, f"to_char of {pg_type}")
    if pg_type == "interval":
        return _digits(call(f"pg_char_interval_{_INTERVAL_MACROS[name]}", value), part)
    if name in _STRFTIME:
        return _digits(call("strftime", value, text(_STRFTIME[name])), part)
    if name in _TIME_MACROS:
        return _digits(call(f"pg_char_time_{_TIME_MACROS[name]}", value), part)
    if name in _LAST_DIGITS:
        code, size = _LAST_DIGITS[name]
        return _digits(call("right", call("strftime", value, text(code)), number(size)), part)
    return _word(part, value, pg_type)


def _digits(printed: exp.Expr, part: Part) -> exp.Expr:
    """Remove leading zeros (FM), and append st, nd, rd or th (TH)."""
    printed = call("pg_strip_zeros", printed) if part.fill_mode else printed
    return _with_case(call("pg_ordinal", printed), part.ordinal) if part.ordinal else printed


def _word(part: Part, value: exp.Expr, pg_type: str) -> exp.Expr:
    name = part.name
    if name in _NAMES:
        code, width = _NAMES[name]
        word = _with_case(call("strftime", value, text(code)), part.pattern)
        return call("rpad", word, number(width), text(" ")) if width and not part.fill_mode else word
    if name in ("AM", "PM", "A.M.", "P.M."):
        word = call("strftime", value, text("%p"))
        dotted = call("regexp_replace", word, text("(.)M"), text(r"\1.M.")) if "." in name else word
        return _with_case(dotted, part.pattern)
    if name.startswith("FF"):
        return call("left", call("strftime", value, text("%f")), number(int(name[2])))
    if name == "RM":
        word = _with_case(call("pg_roman", value), part.pattern)
        return word if part.fill_mode else call("rpad", word, number(4), text(" "))
    fixed = {**_ERA_AND_ZONE, "TZ": "" if pg_type == "timestamp" else "UTC"}
    if name in fixed:
        return text(fixed[name].lower() if part.pattern.islower() else fixed[name])
    raise _unsupported(part, "to_char")


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
        if part.pattern and (part.name not in _STRPTIME or part.ordinal or part.unsupported):
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
