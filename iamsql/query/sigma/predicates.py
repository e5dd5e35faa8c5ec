"""Conditions on text for each type of value in a Sigma rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from typing import TypeGuard

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

from iamsql.query.sigma.fields import Predicate
from iamsql.query.sigma.literals import literal, lowercase_literal

WILDCARD = SpecialChars.WILDCARD_MULTI
TextFunction = Callable[[str], str]  # maps an SQL expression of text to an expression of the value that is compared
Condition = tuple[TextFunction, Predicate]
FIRST_INEXACT_INTEGER = 1 << 53  # from here on, a double does not distinguish neighboring integers
NUMBER_PATTERN = r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?"
SQL_OPERATORS = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
    CompareOperators.NEQ: "<>",
}
FLAG_LETTERS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_OCTET_PATTERN = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV6_GROUPS_PATTERN = "[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})"
_LEFT_GROUPS_SQL = "list_filter(string_split(split_part({text}, '::', 1), ':'), lambda g : g <> '')"
_RIGHT_GROUPS_SQL = "list_filter(string_split(split_part({text}, '::', 2), ':'), lambda g : g <> '')"
_HEX_DIGITS_SQL = "array_to_string(list_transform({groups}, lambda g : lpad(lower(g), 4, '0')), '')"


def build_any(values: Sequence[SigmaType]) -> Predicate | None:
    """Return the condition that text matches one of the values; None if a value is not a condition on text."""
    exact_literals = [lowercase_literal(_plain_text(value)) for value in values if _is_exact(value)]
    conditions = [_build_condition(value) for value in values if not _is_exact(value)]
    supported_conditions = [condition for condition in conditions if condition]
    if len(supported_conditions) < len(conditions):
        return None
    is_equal = [(_lower, partial(_is_in, ", ".join(exact_literals)))] if exact_literals else []
    return _join_conditions(is_equal, supported_conditions)


def any_keyword(values: Sequence[SigmaString | SigmaNumber | SigmaRegularExpression]) -> tuple[Predicate, Predicate]:
    """Return the conditions that JSON, and that JSON without escapes, has one of the keywords.

    A keyword without wildcards, quotes and backslashes is in both or in neither.
    """
    plain_conditions: list[Condition] = []
    other_conditions: list[Condition] = []
    for value in values:
        if isinstance(value, SigmaRegularExpression):
            other_conditions.append((_identity, _regex_condition(value)))
            continue
        string = value if isinstance(value, SigmaString) else SigmaString.from_str(str(value))
        string = string if string.startswith(WILDCARD) else WILDCARD + string
        string = string if string.endswith(WILDCARD) else string + WILDCARD
        is_plain = len(string.s) == 3 and not {*str(string.s[1])} & {*'"\\'} and isinstance(string.s[1], str)
        (plain_conditions if is_plain else other_conditions).append(_string_condition(string))
    return _join_conditions([], [*plain_conditions, *other_conditions]), _join_conditions([], other_conditions)


def _join_conditions(leading_conditions: Sequence[Condition], conditions: Sequence[Condition]) -> Predicate:
    """Return the condition that one of the conditions is met. Each function is called once, for all of its conditions."""
    groups: dict[TextFunction, list[Predicate]] = {}
    for function, predicate in conditions:
        groups.setdefault(function, []).append(predicate)
    parts = [*leading_conditions, *((function, _share_argument(predicates)) for function, predicates in groups.items())]
    return lambda text: f"({' or '.join(predicate(function(text)) for function, predicate in parts) or 'false'})"


def _share_argument(predicates: Sequence[Predicate]) -> Predicate:
    """Return the condition that a value meets one of the predicates. DuckDB computes an argument again wherever it stands."""
    if len(predicates) == 1:
        return predicates[0]
    conditions = " or ".join(predicate("s") for predicate in predicates)
    return lambda value: f"len(list_filter([{value}], lambda s : {conditions})) > 0"


def _build_condition(value: SigmaType) -> Condition | None:
    """Return the condition for one value; None for null, `exists` and references to fields."""
    match value:
        case SigmaString():
            return _string_condition(value)
        case SigmaTimestampPart():
            return _identity, _time_part_condition(value, "=")
        case SigmaNumber():
            return _to_number, _number_condition(value.number, "=")
        case SigmaBool():
            return _lower, partial(_is_in, literal(str(value.boolean).lower()))
        case SigmaRegularExpression():
            return _identity, _regex_condition(value)
        case SigmaCIDRExpression():
            return _network_condition(value.network)
        case SigmaCompareExpression(number=SigmaTimestampPart() as part):
            return _identity, _time_part_condition(part, SQL_OPERATORS[value.op])
        case SigmaCompareExpression():
            return _to_number, _number_condition(value.number.number, SQL_OPERATORS[value.op])
    return None


def _identity(text: str) -> str:
    return text


def _lower(text: str) -> str:
    return f"lower({text})"


def _is_in(values: str, text: str) -> str:
    return f"{text} in ({values})"


def _is_exact(value: SigmaType) -> TypeGuard[SigmaString]:
    return type(value) is SigmaString and not value.contains_special()


def _plain_text(value: SigmaString) -> str:
    """Return the text of a string without wildcards. Raise SigmaPlaceholderError for a placeholder."""
    return value.convert(escape_char=None, wildcard_multi=None, wildcard_single=None)


def _string_condition(value: SigmaString) -> Condition:
    """Return the condition that the complete text matches a string with wildcards, without case unless it is `cased`."""
    is_cased = isinstance(value, SigmaCasedString)
    to_literal, function = (literal, _identity) if is_cased else (lowercase_literal, _lower)
    if not value.contains_special():
        plain = to_literal(_plain_text(value))
        return function, lambda text: f"{text} = {plain}"
    match value.s:
        case [SpecialChars.WILDCARD_MULTI, str() as part, SpecialChars.WILDCARD_MULTI]:
            return function, lambda text: f"contains({text}, {to_literal(part)})"
        case [str() as part, SpecialChars.WILDCARD_MULTI]:
            return function, lambda text: f"starts_with({text}, {to_literal(part)})"
        case [SpecialChars.WILDCARD_MULTI, str() as part]:
            return function, lambda text: f"ends_with({text}, {to_literal(part)})"
    pattern = to_literal(value.convert("\\", "%", "_", add_escaped="\\"))
    return function, lambda text: rf"{text} like {pattern} escape '\'"


def _regex_condition(value: SigmaRegularExpression) -> Predicate:
    """Return the condition that a part of the text matches a regular expression of RE2."""
    set_flags = "".join(letter for flag, letter in FLAG_LETTERS.items() if flag in value.flags)
    unset_flags = "".join(letter for letter in FLAG_LETTERS.values() if letter not in set_flags)
    pattern = f"(?{set_flags}{'-' if unset_flags else ''}{unset_flags}){value.escape(escape_escape_char=False, flag_prefix=False)}"
    return lambda text: f"regexp_matches({text}, {literal(pattern)})"


def _to_number(text: str) -> str:
    """Return text as a number; null for other text."""
    return f"if(regexp_full_match({text}, '{NUMBER_PATTERN}'), try_cast({text} as double), null)"


def _number_condition(number: int | float, operator: str) -> Predicate:
    """Return a condition on a number. Raise SigmaValueError for a number that pySigma may have rounded."""
    if abs(number) >= FIRST_INEXACT_INTEGER:
        raise SigmaValueError(f"the number {number} is not exact as a double: quote it, to compare it as text")
    return lambda value: f"{value} {operator} cast('{number!r}' as double)"


def _time_part_condition(value: SigmaTimestampPart, operator: str) -> Predicate:
    """Return the condition on a part of a time in UTC; weeks as in ISO 8601."""
    part = value.timestamp_part.name.lower()
    time = "try_cast({text} as timestamptz) at time zone 'UTC'"
    return lambda text: f"date_part('{part}', {time.format(text=text)}) {operator} {int(value.number)}"


def _network_condition(network: IPv4Network | IPv6Network) -> Condition:
    """Return the condition that an address is in a network."""
    first, last = int(network.network_address), int(network.broadcast_address)
    if isinstance(network, IPv4Network):
        return _ipv4_number, lambda address: f"{address} between {first} and {last}"
    return _ipv6_digits, lambda address: f"{address} between '{first:032x}' and '{last:032x}'"


def _ipv4_number(text: str) -> str:
    """Return the number of an IPv4 address; null for other text."""
    octets = [
        f"try_cast(split_part({text}, '.', {position}) as bigint) * {256 ** (4 - position)}" for position in range(1, 5)
    ]
    return rf"if(regexp_full_match({text}, '{_OCTET_PATTERN}(\.{_OCTET_PATTERN}){{3}}'), {' + '.join(octets)}, null)"


def _ipv6_digits(text: str) -> str:
    """Return the 32 hexadecimal digits of an IPv6 address; null for other text."""
    left_groups, right_groups = _LEFT_GROUPS_SQL.format(text=text), _RIGHT_GROUPS_SQL.format(text=text)
    missing_groups = f"8 - len({left_groups}) - len({right_groups})"
    is_full = f"regexp_full_match({text}, '{_IPV6_GROUPS_PATTERN}{{7}}')"
    is_short = (
        f"regexp_full_match({text}, '({_IPV6_GROUPS_PATTERN}*)?::({_IPV6_GROUPS_PATTERN}*)?') and {missing_groups} > 0"
    )
    left_digits, right_digits = (_HEX_DIGITS_SQL.format(groups=groups) for groups in (left_groups, right_groups))
    digits = f"concat({left_digits}, repeat('0000', {missing_groups}), {right_digits})"
    return f"if({is_full} or ({is_short}), {digits}, null)"
