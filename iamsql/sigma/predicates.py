"""Conditions on a text for each type of value in a Sigma rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network

from sigma.exceptions import SigmaValueError
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from iamsql.sigma.fields import Predicate
from iamsql.sigma.literals import literal, lowered

MANY = SpecialChars.WILDCARD_MULTI
EXACT = 1 << 53  # from here on, a double does not distinguish neighbouring integers
NUMBER = r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?"
OPERATORS = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
    CompareOperators.NEQ: "<>",
}
FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_GROUPS = "[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})"
_LEFT = "list_filter(string_split(split_part({text}, '::', 1), ':'), lambda g : g <> '')"
_RIGHT = "list_filter(string_split(split_part({text}, '::', 2), ':'), lambda g : g <> '')"
_DIGITS = "array_to_string(list_transform({groups}, lambda g : lpad(lower(g), 4, '0')), '')"


def any_of(values: Sequence[SigmaType]) -> Predicate | None:
    """Return the condition that a text matches one of the values; None if a value is not a condition on a text."""
    exact: list[str] = []
    predicates: list[Predicate] = []
    for value in values:
        if type(value) is SigmaString and not value.contains_special():
            exact.append(lowered(_plain(value)))
        elif predicate := _of(value):
            predicates.append(predicate)
        else:
            return None
    if exact:
        predicates.insert(0, partial(_in, ", ".join(exact)))
    return lambda text: _joined([predicate(text) for predicate in predicates])


def keyword(value: SigmaString | SigmaNumber) -> Predicate:
    """Return the condition that a text contains a keyword."""
    string = value if isinstance(value, SigmaString) else SigmaString.from_str(str(value))
    string = string if string.startswith(MANY) else MANY + string
    return _string(string if string.endswith(MANY) else string + MANY)


def regular_expression(value: SigmaRegularExpression) -> Predicate:
    """Return the condition that a part of a text matches a regular expression of RE2."""
    given = "".join(letter for flag, letter in FLAGS.items() if flag in value.flags)
    absent = "".join(letter for letter in FLAGS.values() if letter not in given)
    pattern = f"(?{given}{'-' if absent else ''}{absent}){value.escape(escape_escape_char=False, flag_prefix=False)}"
    return lambda text: f"regexp_matches({text}, {literal(pattern)})"


def _of(value: SigmaType) -> Predicate | None:
    """Return the condition for one value; None for null, `exists` and references to fields."""
    match value:
        case SigmaString():
            return _string(value)
        case SigmaTimestampPart():
            return _time_part(value, "=")
        case SigmaNumber():
            return _compare(value.number, "=")
        case SigmaBool():
            return partial(_in, literal(str(value.boolean).lower()))
        case SigmaRegularExpression():
            return regular_expression(value)
        case SigmaCIDRExpression():
            return _cidr(value.network)
        case SigmaCompareExpression(number=SigmaTimestampPart() as part):
            return _time_part(part, OPERATORS[value.op])
        case SigmaCompareExpression():
            return _compare(value.number.number, OPERATORS[value.op])
    return None


def _joined(conditions: Sequence[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' or '.join(conditions)})"


def _in(listed: str, text: str) -> str:
    return f"lower({text}) in ({listed})"


def _plain(value: SigmaString) -> str:
    """Return the text of a string without wildcards. Raise SigmaPlaceholderError for a placeholder."""
    return value.convert(escape_char=None, wildcard_multi=None, wildcard_single=None)


def _string(value: SigmaString) -> Predicate:
    """Return the condition that the complete text matches a string with wildcards, without case unless it is `cased`."""
    is_cased = isinstance(value, SigmaCasedString)
    written = literal if is_cased else lowered
    cased: Callable[[str], str] = (lambda text: text) if is_cased else (lambda text: f"lower({text})")
    if not value.contains_special():
        plain = written(_plain(value))
        return lambda text: f"{cased(text)} = {plain}"
    match value.s:
        case [SpecialChars.WILDCARD_MULTI, str() as part, SpecialChars.WILDCARD_MULTI]:
            return lambda text: f"contains({cased(text)}, {written(part)})"
        case [str() as part, SpecialChars.WILDCARD_MULTI]:
            return lambda text: f"starts_with({cased(text)}, {written(part)})"
        case [SpecialChars.WILDCARD_MULTI, str() as part]:
            return lambda text: f"ends_with({cased(text)}, {written(part)})"
    pattern = written(value.convert("\\", "%", "_", add_escaped="\\"))
    return lambda text: rf"{cased(text)} like {pattern} escape '\'"


def _number(text: str) -> str:
    """Return the number that a text is; null for other texts."""
    return f"if(regexp_full_match({text}, '{NUMBER}'), try_cast({text} as double), null)"


def _compare(number: int | float, operator: str) -> Predicate:
    """Return the condition on the number that a text is. Raise SigmaValueError for a number that pySigma may have rounded."""
    if abs(number) >= EXACT:
        raise SigmaValueError(f"the number {number} is not exact as a double: quote it, to compare it as text")
    return lambda text: f"{_number(text)} {operator} cast('{number!r}' as double)"


def _time_part(value: SigmaTimestampPart, operator: str) -> Predicate:
    """Return the condition on a part of a time in UTC; weeks are those of ISO 8601."""
    part = value.timestamp_part.name.lower()
    time = "try_cast({text} as timestamptz) at time zone 'UTC'"
    return lambda text: f"date_part('{part}', {time.format(text=text)}) {operator} {int(value.number)}"


def _cidr(network: IPv4Network | IPv6Network) -> Predicate:
    """Return the condition that a text is an address of a network."""
    first, last = int(network.network_address), int(network.broadcast_address)
    if isinstance(network, IPv4Network):
        return lambda text: f"{_ipv4(text)} between {first} and {last}"
    return lambda text: f"{_ipv6(text)} between '{first:032x}' and '{last:032x}'"


def _ipv4(text: str) -> str:
    """Return the number of an IPv4 address; null for other texts."""
    octets = [f"try_cast(split_part({text}, '.', {place}) as bigint) * {256 ** (4 - place)}" for place in range(1, 5)]
    return rf"if(regexp_full_match({text}, '{_OCTET}(\.{_OCTET}){{3}}'), {' + '.join(octets)}, null)"


def _ipv6(text: str) -> str:
    """Return the 32 hexadecimal digits of an IPv6 address; null for other texts."""
    left, right = _LEFT.format(text=text), _RIGHT.format(text=text)
    missing = f"8 - len({left}) - len({right})"
    is_full = f"regexp_full_match({text}, '{_GROUPS}{{7}}')"
    is_short = f"regexp_full_match({text}, '({_GROUPS}*)?::({_GROUPS}*)?') and {missing} > 0"
    digits = f"concat({_DIGITS.format(groups=left)}, repeat('0000', {missing}), {_DIGITS.format(groups=right)})"
    return f"if({is_full} or ({is_short}), {digits}, null)"
