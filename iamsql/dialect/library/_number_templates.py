"""to_char of numbers: digits, zeros, group separators and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from iamsql.dialect.build import call, cast, number, text
from iamsql.model import IamsqlError

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|(?P<pattern>FM|MI|PL|SG|PR|TH|RN|EEEE|S|V|L|B|C|G|D|[90.,])|(?P<plain>.)', re.I | re.DOTALL
)
_UNSUPPORTED = {"RN", "EEEE", "V", "L", "B", "C", "PL", "SG"}
# For each sign pattern: the text before the digits of a positive and of a negative number, and the text after them.
_SIGNS = {
    "": (" ", "-", "", ""),
    "S": ("+", "-", "", ""),
    "s": ("", "", "+", "-"),
    "mi": ("", "", " ", "-"),
    "pr": (" ", "<", " ", ">"),
}


@dataclass
class Template:
    """A parsed template. `integer` has a 9, a 0 or a comma for each character before the decimal point.

    `signs` has S or MI before the digits, s or mi after them, and pr around them.
    """

    integer: str = ""
    fraction: str = ""
    has_point: bool = False
    fill_mode: bool = False  # FM: without padding
    signs: list[str] = field(default_factory=list)
    ordinal: str = ""
    prefix: str = ""
    suffix: str = ""

    @property
    def digits(self) -> str:
        """The digits before the decimal point."""
        return self.integer.replace(",", "")

    @property
    def minimum_digits(self) -> int:
        """The number of digits before the decimal point that are printed even as leading zeros."""
        return len(self.digits) - self.digits.index("0") if "0" in self.digits else 0

    @property
    def has_digits(self) -> bool:
        """Whether a digit or the decimal point was read."""
        return bool(self.integer or self.has_point)


def _parse(source: str) -> Template:
    template = Template()
    for token in _TOKEN.finditer(source):
        pattern = (token["pattern"] or "").upper()
        if not pattern:
            plain = token["plain"] if token["quoted"] is None else token["quoted"]
            if template.has_digits:
                template.suffix += plain
            else:
                template.prefix += plain
        elif pattern in _UNSUPPORTED:
            raise IamsqlError(f"to_char of a number does not support '{token[0]}' in a template here.")
        else:
            _add(template, pattern, token[0], source)
    if template.suffix and (template.signs or template.ordinal):
        raise IamsqlError(f"to_char cannot print the text in the template '{source}' beside its sign.")
    return template


def _add(template: Template, pattern: str, spelling: str, source: str) -> None:
    if template.suffix and pattern in "90.,GD":
        raise IamsqlError(f"to_char cannot print text between the digits of a number: '{source}'.")
    if pattern == "FM":
        template.fill_mode = True
    elif pattern in ("S", "MI", "PR"):
        template.signs.append(pattern.lower() if template.has_digits else pattern)
    elif pattern == "TH":
        template.ordinal = spelling
    elif pattern in (".", "D"):
        if template.has_point:
            raise IamsqlError(f"A template of a number has one decimal point: '{source}'.")
        template.has_point = True
    elif template.has_point:
        template.fraction += pattern if pattern in "90" else ""
    else:
        template.integer += "," if pattern == "G" else pattern


def number_to_char(value: exp.Expr, template: str) -> exp.Expr:
    """Print a number by a template; raise IamsqlError for an unsupported template."""
    parsed = _parse(template)
    size, scale = len(parsed.digits), len(parsed.fraction)
    # Decimals, because the rounding of a double differs from that of PostgreSQL's NUMERIC.
    exact = cast(value, f"decimal(38, {min(scale + 6, 18)})")
    rounded = cast(call("round", exact, number(scale)), f"decimal(38, {scale})")
    digits = cast(call("abs", rounded), "varchar")
    # Without 0 in the template, 9.9 prints 0.5 as .5, and 9 prints 0 as 0.
    zeros = parsed.minimum_digits or (0 if parsed.has_point and scale else 1)
    padded = call("pg_integer_digits", digits, number(size), number(min(zeros, size)))
    positions = exp.Array(expressions=[number(position) for position in _positions(parsed.integer)] or [number(1)])
    printed: exp.Expr = call("pg_group_digits", padded, positions, text("" if parsed.fill_mode else " "))
    if parsed.has_point:
        minimum = parsed.fraction.rfind("0") + 1 if parsed.fill_mode else scale
        fraction = call("pg_fraction_digits", digits.copy(), number(size), number(scale), number(minimum))
        printed = _concatenation(_concatenation(printed, text(".")), fraction)
    printed = _with_sign(rounded.copy(), printed, parsed)
    printed = _concatenation(text(parsed.prefix), printed) if parsed.prefix else printed
    printed = _concatenation(printed, text(parsed.suffix)) if parsed.suffix else printed
    return exp.Paren(this=printed)


def _concatenation(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.DPipe(this=left, expression=right)


def _positions(integer: str) -> list[int]:
    """Return the positions of the digits of a template from 1; a comma is the negative position of the digit before it."""
    positions, digit = [], 0
    for character in integer:
        digit += character != ","
        positions.append(-digit if character == "," else digit)
    return positions


def _with_sign(value: exp.Expr, printed: exp.Expr, template: Template) -> exp.Expr:
    """Add the sign: without a sign pattern it is a minus or a blank directly before the first digit."""
    sign = template.signs[0] if template.signs else ""
    if template.ordinal:
        if template.has_point or sign:
            raise IamsqlError("TH in a template of a number follows the digits of an integer without a sign pattern.")
        ordinal = call("pg_ordinal", exp.Paren(this=printed))
        printed = call("upper", ordinal) if template.ordinal == "TH" else ordinal
    if sign in ("MI", "PR"):
        raise IamsqlError(f"{sign} follows the digits of a template.")
    before, before_negative, after, after_negative = _SIGNS[sign]
    if template.fill_mode:
        marks = [text(mark) for mark in (before.strip(), before_negative, after.strip(), after_negative)]
        return call("pg_with_sign", value, exp.Paren(this=printed), *marks)
    width = len(template.integer) + (1 + len(template.fraction) if template.has_point else 0)
    width += len(before_negative) + (2 if template.ordinal else 0)
    marks = [text(mark) for mark in (before, before_negative, after, after_negative)]
    return call("pg_with_sign_padded", value, exp.Paren(this=printed), number(width), *marks)
