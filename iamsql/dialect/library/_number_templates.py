"""to_char of numbers: digits, zeros, groups and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from iamsql.dialect.build import call, cast, number, text
from iamsql.model import IamsqlError

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|(?P<token>FM|MI|PL|SG|PR|TH|RN|EEEE|S|V|L|B|C|G|D|[90.,])|(?P<plain>.)', re.I | re.DOTALL
)
REFUSED = {"RN", "EEEE", "V", "L", "B", "C", "PL", "SG"}


@dataclass
class Picture:
    """A template of digits: `whole` has 9, 0 and commas before the point, `zeros` digits are always printed there."""

    whole: str = ""
    fraction: str = ""
    point: bool = False
    bare: bool = False
    signs: list[str] = field(default_factory=list)  # S or MI before the digits, s or mi after them, PR around them
    ordinal: str = ""
    before: str = ""
    after: str = ""

    @property
    def size(self) -> int:
        """The number of digits before the point."""
        return len(self.whole.replace(",", ""))

    @property
    def zeros(self) -> int:
        """The number of digits before the point that are printed even if they are leading zeros."""
        digits = self.whole.replace(",", "")
        return len(digits) - digits.index("0") if "0" in digits else 0


def picture(template: str) -> Picture:
    """Read a template of a number."""
    made = Picture()
    for token in TOKEN.finditer(template):
        mark = (token["token"] or "").upper()
        if not mark:
            _plain(made, template, token["plain"] if token["quoted"] is None else token["quoted"])
        elif mark in REFUSED:
            raise IamsqlError(f"to_char of a number does not support '{token[0]}' in a template here.")
        else:
            _take(made, mark, token[0], template)
    if made.after and (made.signs or made.ordinal):
        raise IamsqlError(f"to_char cannot print the text in the template '{template}' beside its sign.")
    return made


def _plain(made: Picture, template: str, words: str) -> None:
    if not (made.whole or made.point):
        made.before += words
    else:
        made.after += words


def _take(made: Picture, mark: str, written: str, template: str) -> None:
    if made.after and mark in "90.,GD":
        raise IamsqlError(f"to_char cannot print text between the digits of a number: '{template}'.")
    if mark == "FM":
        made.bare = True
    elif mark in ("S", "MI", "PR"):
        made.signs.append(mark.lower() if (made.whole or made.point) else mark)
    elif mark == "TH":
        made.ordinal = written
    elif mark in (".", "D"):
        if made.point:
            raise IamsqlError(f"A template of a number has one point: '{template}'.")
        made.point = True
    elif made.point:
        made.fraction += mark if mark in "90" else ""
    else:
        made.whole += "," if mark == "G" else mark


def written(value: exp.Expr, template: str) -> exp.Expr:
    """Print a number by a template."""
    made = picture(template)
    size, places = made.size, len(made.fraction)
    rounded = cast(
        call("round", cast(value, f"decimal(38, {min(places + 6, 18)})"), number(places)), f"decimal(38, {places})"
    )
    digits = cast(call("abs", rounded), "varchar")
    zeros = made.zeros or (0 if made.point and places else 1)
    padded = call("pg_whole", digits, number(size), number(min(zeros, size)))
    spots = exp.Array(expressions=[number(spot) for spot in _spots(made.whole)] or [number(1)])
    body: exp.Expr = call("pg_picture", padded, spots, text("" if made.bare else " "))
    if made.point:
        kept = (made.fraction.rindex("0") + 1 if "0" in made.fraction else 0) if made.bare else places
        fraction = call("pg_fraction", digits.copy(), number(size), number(places), number(kept))
        body = exp.DPipe(this=exp.DPipe(this=body, expression=text(".")), expression=fraction)
    result = _signed(rounded.copy(), body, made)
    for words, left in ((made.before, True), (made.after, False)):
        if words:
            pair = (text(words), result) if left else (result, text(words))
            result = exp.DPipe(this=pair[0], expression=pair[1])
    return exp.Paren(this=result)


def _spots(whole: str) -> list[int]:
    """Number the digits of a template from 1; a comma is the negative number of the digit before it."""
    spots, at = [], 0
    for mark in whole:
        at += mark != ","
        spots.append(at if mark != "," else -at)
    return spots


def _signed(value: exp.Expr, body: exp.Expr, made: Picture) -> exp.Expr:
    """Put the sign where the template has it: by itself directly before the first digit, with a blank for a plus."""
    sign = made.signs[0] if made.signs else ""
    if made.ordinal:
        if made.point or sign:
            raise IamsqlError("TH in a template of a number stands behind whole numbers without a sign only.")
        ordinal = call("pg_ordinal", exp.Paren(this=body))
        body = call("upper", ordinal) if made.ordinal == "TH" else ordinal
    if sign in ("MI", "PR"):
        raise IamsqlError(f"{sign} stands behind the digits of a template.")
    before, negative, after, last = {
        "": (" ", "-", "", ""),
        "S": ("+", "-", "", ""),
        "s": ("", "", "+", "-"),
        "mi": ("", "", " ", "-"),
        "pr": (" ", "<", " ", ">"),
    }[sign]
    if made.bare:
        before, after = before.strip(), after.strip()
    room = len(made.whole) + (1 + len(made.fraction) if made.point else 0) + len(negative) + (2 if made.ordinal else 0)
    size = number(0 if made.bare else room)
    marks = [text(mark) for mark in (before, negative, after, last)]
    return call(
        "pg_number_bare" if made.bare else "pg_signed",
        value,
        exp.Paren(this=body),
        *([] if made.bare else [size]),
        *marks,
    )
