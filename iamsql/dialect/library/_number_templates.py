"""to_char of numbers: digits, zeros, group separators and signs."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, cast, number, text
from iamsql.model import IamsqlError

_PLAIN = r'(?:FM|"[^"]*(?:"|\Z)|(?!MI|PL|SG|PR|TH|RN|EEEE|[SVLBCGD90.,"]).)'
_TEMPLATE = re.compile(
    rf"(?P<prefix>{_PLAIN}*)(?P<sign_before>S?)(?P<integer>[90,G]*)(?P<point>[.D]?)(?P<fraction>[90]*)"
    rf"(?P<sign_after>S|MI|PR|)(?P<ordinal>TH|)(?P<suffix>{_PLAIN}*)",
    re.IGNORECASE | re.DOTALL,
)
# For each sign pattern, before (S) or after the digits: the text before the digits of a positive and of a negative number, and the
# text after them. Without a sign pattern the sign is a minus or a blank directly before the first digit.
_SIGNS = {
    "": (" ", "-", "", ""),
    "S": ("+", "-", "", ""),
    "s": ("", "", "+", "-"),
    "mi": ("", "", " ", "-"),
    "pr": (" ", "<", " ", ">"),
}


def number_to_char(value: exp.Expr, template: str) -> exp.Expr:
    """Print a number by a template; raise IamsqlError for an unsupported template."""
    parts = _TEMPLATE.fullmatch(template)
    sign = parts["sign_before"].upper() + parts["sign_after"].lower() if parts else ""
    if not parts or sign not in _SIGNS:
        raise IamsqlError(
            f"to_char of a number does not support the template '{template}': it takes digits (9 0 , .) and a sign (S, MI or PR),"
            " with other text before or after them."
        )
    prefix, suffix = _plain_text(parts["prefix"]), _plain_text(parts["suffix"])
    if (suffix and (sign or parts["ordinal"])) or (parts["ordinal"] and (sign or parts["point"])):
        raise IamsqlError(f"to_char cannot print TH beside a fraction or a sign, or text after these: '{template}'.")
    fill_mode = "FM" in re.sub('"[^"]*"?', "", parts["prefix"] + parts["suffix"]).upper()  # without padding
    # Decimals, because the rounding of a double differs from that of PostgreSQL's NUMERIC.
    scale = len(parts["fraction"])
    exact = cast(value, f"decimal(38, {min(scale + 6, 18)})")
    rounded = cast(call("round", exact, number(scale)), f"decimal(38, {scale})")
    printed = _digits(cast(call("abs", rounded.copy()), "varchar"), parts, fill_mode)
    if parts["ordinal"]:
        printed = call("pg_ordinal", exp.Paren(this=printed))
        printed = call("upper", printed) if parts["ordinal"] == "TH" else printed
    marks = _SIGNS[sign]
    if fill_mode:
        texts = [text(mark.strip()) for mark in marks]
        printed = call("pg_with_sign", rounded, exp.Paren(this=printed), *texts)
    else:
        width = sum(len(parts[name]) for name in ("integer", "point", "fraction", "ordinal")) + len(marks[1])
        printed = call("pg_with_sign_padded", rounded, exp.Paren(this=printed), number(width), *map(text, marks))
    if not prefix and not suffix:
        return printed
    return exp.Paren(this=exp.DPipe(this=exp.DPipe(this=text(prefix), expression=printed), expression=text(suffix)))


def _digits(amount: exp.Expr, parts: re.Match[str], fill_mode: bool) -> exp.Expr:
    """Print the digits of a positive number."""
    integer, fraction = parts["integer"].upper().replace("G", ","), parts["fraction"]
    digits = integer.replace(",", "")
    # Without 0 in the template, 9.9 prints 0.5 as .5, and 9 prints 0 as 0.
    least = 0 if fraction else 1
    zeros = len(digits) - digits.index("0") if "0" in digits else min(least, len(digits))
    padded = call("pg_integer_digits", amount, number(len(digits)), number(zeros))
    printed: exp.Expr = call("pg_group_digits", padded, text(integer), text("" if fill_mode else " "))
    if not parts["point"]:
        return printed
    minimum = fraction.rfind("0") + 1 if fill_mode else len(fraction)
    places = [number(size) for size in (len(digits), len(fraction), minimum)]
    return exp.DPipe(this=printed, expression=call("pg_fraction_digits", amount.copy(), *places))


def _plain_text(part: str) -> str:
    return re.sub(r'"([^"]*)"?|FM', lambda token: token[1] or "", part, flags=re.IGNORECASE)
