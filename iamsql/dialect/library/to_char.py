"""to_char of times and intervals, to_date and to_timestamp: templates that are written out in the query."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal, null, number, paren, text
from iamsql.dialect.library import _number_templates as _numbers
from iamsql.dialect.library._time_templates import Part, parts
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

CODES = {
    "YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "DDD": "%j", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S",
    "MS": "%g", "US": "%f", "IYYY": "%G", "IW": "%V", "ID": "%u",
}  # fmt: skip
UNSTRIPPED = {"YYYY", "IYYY", "IW", "ID", "MS", "US", "DDD"}  # DuckDB has no form of these without zeros
COMPUTED = {
    "D": "dow", "W": "week", "WW": "year_week", "CC": "century", "J": "julian", "Q": "quarter", "IDDD": "iso_day",
    "Y,YYY": "grouped_year", "SSSS": "seconds", "SSSSS": "seconds",
}  # fmt: skip
LAST = {"YYY": ("%Y", 3), "Y": ("%Y", 1), "IYY": ("%G", 3), "IY": ("%G", 2), "I": ("%G", 1)}
WORDS = {"MONTH": ("%B", 9), "MON": ("%b", 0), "DAY": ("%A", 9), "DY": ("%a", 0)}
SPANS = {
    "YYYY": "years", "MM": "months", "DD": "days", "DDD": "all_days", "HH24": "hours", "HH12": "half_hours", "HH": "half_hours",
    "MI": "minutes", "SS": "seconds", "MS": "millis", "US": "micros",
}  # fmt: skip
PARSED = {**CODES, "MON": "%b", "MONTH": "%B", "AM": "%p", "PM": "%p"}
for _name in ("YY", "ID", "IYYY", "IW", "DDD"):
    del PARSED[_name]


def _refused(part: Part, function: str) -> IamsqlError:
    return IamsqlError(f"{function} does not support '{part.pattern}{part.other}' in a template here.")


def written(value: exp.Expr, template: str, kind: str) -> exp.Expr:
    """Print a time (or interval) by a template."""
    found: list[exp.Expr] = []
    form = ""  # what one strftime prints so far
    for part in parts(template):
        simple = _simple(part, kind)
        if simple is not None:
            form += simple
            continue
        found += [*_formatted(value, form), _piece(part, value.copy(), kind)]
        form = ""
    found += _formatted(value, form)
    made = united(found)
    if found and all(isinstance(piece, exp.Literal) for piece in found):
        held = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
        return exp.Case(ifs=[exp.If(this=held, true=made)])
    return made


def united(pieces: list[exp.Expr]) -> exp.Expr:
    """Join texts with ||; none at all are NULL, as PostgreSQL has it for an empty template."""
    if not pieces:
        return null()
    joined = pieces[0]
    for piece in pieces[1:]:
        joined = exp.DPipe(this=joined, expression=piece)
    return paren(joined)


def _formatted(value: exp.Expr, form: str) -> list[exp.Expr]:
    if not form:
        return []
    plain = form.replace("%%", "")
    return [call("strftime", value.copy(), text(form)) if "%" in plain else text(form.replace("%%", "%"))]


def _simple(part: Part, kind: str) -> str | None:
    """Give the code of strftime that prints a part, None if there is none."""
    name = part.pattern.upper()
    if not part.pattern:
        return part.text.replace("%", "%%")
    if part.other or part.ordinal or kind == "interval" or name not in CODES or (part.bare and name in UNSTRIPPED):
        return None
    return CODES[name].replace("%", "%-") if part.bare else CODES[name]


def _piece(part: Part, value: exp.Expr, kind: str) -> exp.Expr:
    name = part.pattern.upper()
    if part.other or (kind == "interval" and name not in SPANS):
        raise _refused(part, f"to_char of {kind}")
    if kind == "interval":
        return _dressed(call(f"pg_span_{SPANS[name]}", value), part)
    if name in CODES:
        return _dressed(call("strftime", value, text(CODES[name])), part)
    if name in COMPUTED:
        return _dressed(call(f"pg_time_{COMPUTED[name]}", value), part)
    if name in LAST:
        code, size = LAST[name]
        return _dressed(call("right", call("strftime", value, text(code)), number(size)), part)
    return _word(part, name, value, kind)


def _dressed(digits: exp.Expr, part: Part) -> exp.Expr:
    """Take leading zeros away (FM), and add st, nd, rd or th."""
    bare = call("pg_bare", digits) if part.bare else digits
    if not part.ordinal:
        return bare
    return _cased(call("pg_ordinal", bare), part.ordinal)


def _word(part: Part, name: str, value: exp.Expr, kind: str) -> exp.Expr:
    if name in WORDS:
        code, size = WORDS[name]
        word = _cased(call("strftime", value, text(code)), part.pattern)
        return call("rpad", word, number(size), text(" ")) if size and not part.bare else word
    if name in ("AM", "PM", "A.M.", "P.M."):
        word = call("strftime", value, text("%p"))
        return _cased(call("regexp_replace", word, text("(.)M"), text(r"\1.M.")) if "." in name else word, part.pattern)
    if name.startswith("FF"):
        return call("left", call("strftime", value, text("%f")), number(int(name[2])))
    if name == "RM":
        word = _cased(call("pg_roman", value), part.pattern)
        return word if part.bare else call("rpad", word, number(4), text(" "))
    zones = {
        "TZ": "" if kind == "timestamp" else "UTC",
        "OF": "+00",
        "TZH": "+00",
        "TZM": "00",
        "BC": "AD",
        "B.C.": "A.D.",
    }
    fixed = {**zones, "AD": "AD", "A.D.": "A.D."}
    if name in fixed:
        return text(fixed[name].lower() if part.pattern.islower() else fixed[name])
    raise _refused(part, "to_char")


def _cased(word: exp.Expr, pattern: str) -> exp.Expr:
    if pattern.isupper():
        return call("upper", word)
    return call("lower", word) if pattern.islower() else word


def _template(node: exp.Expr, function: str) -> str:
    words = literal(node.expressions[1]) if len(node.expressions) == 2 else None
    if words is None:
        raise IamsqlError(f"{function} needs its template written out in the query.")
    return words


def _to_char(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Print a time, an interval or a number by a template."""
    words = _template(node, "to_char")
    value = node.expressions[0]
    kind = kinds.of(value)
    if isinstance(value, exp.Null):
        return null()
    if kind in ("int", "number", "float"):
        return _numbers.written(value, words)
    if kind not in ("timestamptz", "timestamp", "date", "interval"):
        raise IamsqlError(
            "to_char takes a time, an interval or a number, and iamsql cannot tell which this is: cast it, e.g. x::timestamptz."
        )
    return written(value, words, kind)


def _read(node: exp.Expr, function: str) -> exp.Expr:
    """Read a text by a template: what does not fit it is an error."""
    form = ""
    for part in parts(_template(node, function)):
        name = part.pattern.upper()
        if part.pattern and (name not in PARSED or part.ordinal or part.other):
            raise _refused(part, function)
        form += PARSED[name] if part.pattern else part.text.replace("%", "%%")
    return call("strptime", node.expressions[0], text(form))


def _to_date(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return cast(_read(node, "to_date"), "date")


def _to_timestamp(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if len(node.expressions) == 1:
        return call("to_timestamp", cast(node.expressions[0], "double"))
    return cast(_read(node, "to_timestamp"), "timestamptz")


REWRITES: dict[str, Rewrite] = {"to_char": _to_char, "to_date": _to_date, "to_timestamp": _to_timestamp}
KINDS = {"to_char": "text", "to_date": "date", "to_timestamp": "timestamptz"}
