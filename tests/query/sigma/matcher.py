"""Match Sigma rules in plain Python, written from the specification of Sigma and without pySigma or SQL.

The tests compare the events that the SQL of a rule selects with the events that this module matches.
"""

from __future__ import annotations

import base64
import fnmatch
import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

ANY, ONE = object(), object()  # the wildcards * and ?
Detection = Mapping[str, Any] | list[Any] | str | int | float
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
PARTS: dict[str, Callable[[datetime], int]] = {
    "minute": lambda time: time.minute,
    "hour": lambda time: time.hour,
    "day": lambda time: time.day,
    "week": lambda time: time.isocalendar().week,
    "month": lambda time: time.month,
    "year": lambda time: time.year,
}
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
}


def matches(rule: Mapping[str, Any], text: str) -> bool:
    """Return whether the rule, as YAML gives it, matches the record with this text."""
    return matches_record(rule, Record(text))


def matches_record(rule: Mapping[str, Any], record: Record) -> bool:
    """Return whether the rule matches the record."""
    detection = rule["detection"]
    conditions = detection["condition"]
    detections = {name: part for name, part in detection.items() if name != "condition"}
    return any(
        _Condition(condition, detections, record).value()
        for condition in (conditions if isinstance(conditions, list) else [conditions])
    )


class Record:
    """A record of CloudTrail: its text, and its members."""

    def __init__(self, text: str) -> None:
        self.text, self.members = text, json.loads(text)

    def values(self, field: str) -> list[str]:
        """Return the texts of the values of a field; null is not a value."""
        current = [self.members]
        for name in field.split("."):
            name = name.removesuffix("[]")
            below = [value[name] for value in current if isinstance(value, dict) and name in value]
            current = [part for value in below for part in elements(value)]
        return [text for value in current for text in texts(value)]


def elements(value: Any, levels: int = 2) -> list[Any]:
    """Return the elements of a list, and of a list in it; [value] for any other value."""
    if not isinstance(value, list) or not levels:
        return [value]
    return [part for element in value for part in elements(element, levels - 1)]


def texts(value: Any) -> list[str]:
    """Return the texts that a value is compared as."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return [text, unescaped(text)] if isinstance(value, dict) else [text]


def unescaped(text: str) -> str:
    """Return JSON without the escapes of quotes and backslashes."""
    return re.sub(r'\\(["\\])', r"\1", text)


class _Condition:
    """Evaluate a condition: not, and, or, parentheses, names, and `1 of` or `all of` a pattern of names."""

    def __init__(self, text: str, detections: Mapping[str, Any], record: Record) -> None:
        self._tokens = re.findall(r"[()]|[^\s()]+", text)
        self._detections, self._record = detections, record

    def value(self) -> bool:
        result = self._or()
        assert not self._tokens
        return result

    def _or(self) -> bool:
        operands = [self._and()]
        while self._next("or"):
            operands.append(self._and())
        return any(operands)

    def _and(self) -> bool:
        operands = [self._not()]
        while self._next("and"):
            operands.append(self._not())
        return all(operands)

    def _not(self) -> bool:
        if self._next("not"):
            return not self._not()
        if self._next("("):
            result = self._or()
            assert self._next(")")
            return result
        word = self._tokens.pop(0)
        if word in ("1", "any", "all") and self._next("of"):
            pattern = self._tokens.pop(0)
            names = [
                name
                for name in self._detections
                if not name.startswith("_") and (pattern == "them" or fnmatch.fnmatchcase(name, pattern))
            ]
            return (all if word == "all" else any)(_detected(self._detections[name], self._record) for name in names)
        return _detected(self._detections[word], self._record)

    def _next(self, word: str) -> bool:
        if self._tokens[:1] == [word]:
            self._tokens.pop(0)
            return True
        return False


def _detected(detection: Any, record: Record) -> bool:
    """Return whether a record matches a map (all items), a list (any of them) or a keyword."""
    if isinstance(detection, Mapping):
        return all(_item(key, value, record) for key, value in detection.items())
    if isinstance(detection, list) and any(isinstance(part, Mapping | list) for part in detection):
        return any(_detected(part, record) for part in detection)
    return _item("", detection, record)


def _item(key: str, value: Any, record: Record) -> bool:
    field, *modifiers = key.split("|")
    values = value if isinstance(value, list) else [value]
    if not values:
        return not record.values(field)
    link = all if "all" in modifiers else any
    is_match = link(_single(field, modifiers, one, record) for one in values)
    return not is_match if "neq" in modifiers else is_match


def _single(field: str, modifiers: list[str], value: Any, record: Record) -> bool:
    if "exists" in modifiers:
        return bool(record.values(field)) == value
    if "fieldref" in modifiers:
        return any(_referenced(modifiers, one, other) for one in record.values(field) for other in record.values(value))
    if value is None:
        return not record.values(field)
    test = _test((*modifiers,), value, is_keyword=not field)
    candidates = record.values(field) if field else [record.text, unescaped(record.text)]
    return any(map(test, candidates))


def _referenced(modifiers: list[str], one: str, other: str) -> bool:
    one, other = lower(one), lower(other)
    if "contains" in modifiers or {"startswith", "endswith"} <= {*modifiers}:
        return other in one
    if "startswith" in modifiers:
        return one.startswith(other)
    return one.endswith(other) if "endswith" in modifiers else one == other


@lru_cache(typed=True)
def _test(modifiers: tuple[str, ...], value: Any, is_keyword: bool) -> Callable[[str], bool]:
    """Return the test of a text for one value."""
    part = next((PARTS[name] for name in modifiers if name in PARTS), None)
    order = next((ORDER[name] for name in modifiers if name in ORDER), lambda a, b: a == b)
    if part:
        return lambda text: (time := _time(text)) is not None and order(part(time), value)
    if "re" in modifiers:
        flags = sum(getattr(re, name.upper()) for name in {"i", "m", "s"} & {*modifiers})
        pattern = re.compile(value, flags | re.ASCII)
        return lambda text: pattern.search(text) is not None
    if "cidr" in modifiers:
        network = ipaddress.ip_network(value)
        return lambda text: (address := _address(text)) is not None and address in network
    if isinstance(value, bool):
        return lambda text: lower(text) == str(value).lower()
    if isinstance(value, int | float) and not is_keyword:
        return lambda text: NUMBER.fullmatch(text) is not None and order(Decimal(text), Decimal(str(value)))
    patterns = [_compile(tokens, modifiers, is_keyword) for tokens in _strings(modifiers, value)]
    return lambda text: any(pattern(text) for pattern in patterns)


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def _address(text: str) -> Any:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _strings(modifiers: tuple[str, ...], value: Any) -> Iterator[list[Any]]:
    """Yield the patterns of a value: characters and wildcards."""
    if "wide" in modifiers:
        value = value.encode("utf-16-le").decode()
    if "base64" in modifiers:
        value = base64.b64encode(value.encode()).decode()
    if "base64offset" in modifiers:
        yield from _offsets(value.encode())
        return
    characters = tokens(str(value))
    indexes = [index for index in range(len(characters)) if "windash" in modifiers and _is_dash(characters, index)]
    for dashes in itertools.product("-/\u2013\u2014\u2015", repeat=len(indexes)):
        changed = dict(zip(indexes, dashes, strict=True))
        yield [changed.get(index, token) for index, token in enumerate(characters)]


def _offsets(data: bytes) -> Iterator[list[Any]]:
    """Yield the texts that Base64 has for the data at each of the three offsets, without the characters of neighbours."""
    for offset in range(3):
        bits = "".join(f"{byte:08b}" for byte in b"\0" * offset + data)
        # A character of Base64 has six bits; only the characters whose bits are all of the data are known.
        certain_indexes = range(-(-8 * offset // 6), len(bits) // 6)
        encoded = base64.b64encode(b"\0" * offset + data).decode()
        yield [encoded[index] for index in certain_indexes]


def _is_dash(characters: list[Any], index: int) -> bool:
    def is_word(token: Any) -> bool:
        return isinstance(token, str) and (token.isalnum() or token == "_")

    if characters[index] not in ("-", "/"):
        return False
    before, after = characters[:index], characters[index + 1 :]
    return bool(after) and is_word(after[0]) and not (bool(before) and is_word(before[-1]))


def tokens(text: str) -> list[Any]:
    r"""Return the characters of a value; * and ? are wildcards without a backslash, and \\ is a backslash before them."""
    characters: list[Any] = []
    index = 0
    while index < len(text):
        if text[index] == "\\" and text[index + 1 : index + 2] in ("*", "?", "\\"):
            characters.append(text[index + 1])
            index += 2
            continue
        characters.append({"*": ANY, "?": ONE}.get(text[index], text[index]))
        index += 1
    return characters


def _compile(characters: list[Any], modifiers: tuple[str, ...], is_keyword: bool) -> Callable[[str], bool]:
    if is_keyword or {"contains", "endswith"} & {*modifiers}:
        characters = [ANY, *characters]
    if is_keyword or {"contains", "startswith"} & {*modifiers}:
        characters = [*characters, ANY]
    is_cased = "cased" in modifiers
    written = "".join(
        ".*" if token is ANY else "." if token is ONE else re.escape(token if is_cased else lower(token))
        for token in characters
    )
    pattern = re.compile(re.sub(r"(\.\*)+", ".*", written) if ANY in characters else written, re.DOTALL)
    return lambda text: pattern.fullmatch(text if is_cased else lower(text)) is not None


def lower(text: str) -> str:
    """Return the text with each character in lower case, by the simple mapping of Unicode."""
    return "".join(character.lower()[0] for character in text)
