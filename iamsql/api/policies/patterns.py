"""Patterns of IAM actions: * stands for any text, ? for one character, and case does not count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache, cached_property

_WORD_PATTERN = re.compile(r"[A-Z]?[a-z0-9]+")
MIN_GROUP_ACTIONS = 3  # actions that a wildcard must replace


@cache
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern.lower())
    return re.compile("".join(parts), re.DOTALL)


def matches(pattern: str, action: str) -> bool:
    """Return whether the pattern matches the action."""
    return _compile_pattern(pattern).fullmatch(action.lower()) is not None


def covers(pattern: str, prefix: str) -> bool:
    """Return whether the pattern matches every string that begins with `start`. False can also mean: not determined."""
    lower_prefix = prefix.lower()
    literal_pattern = pattern.rstrip("*")
    return literal_pattern != pattern and any(
        matches(literal_pattern, lower_prefix[:end]) for end in range(len(lower_prefix) + 1)
    )


def within_service(pattern: str, service: str) -> str | None:
    """Return a pattern that matches the actions of a service that the pattern matches. None: there are none, or not determined."""
    prefix, colon, name = pattern.partition(":")
    if colon:
        return f"{service}:{name}" if matches(prefix, service) else None
    return f"{service}:*" if covers(pattern, f"{service}:") else None


def may_match(pattern: str, prefix: str) -> bool:
    """Return whether the pattern matches any string that begins with `start`."""
    positions = _skip_stars(pattern, {0})
    for char in prefix.lower():
        next_positions = set()
        for position in positions:
            if position < len(pattern) and pattern[position] == "*":
                next_positions.add(position)
            elif position < len(pattern) and pattern[position].lower() in (char, "?"):
                next_positions.add(position + 1)
        positions = _skip_stars(pattern, next_positions)
    return bool(positions)


def _skip_stars(pattern: str, positions: set[int]) -> set[int]:
    """Return the positions, and the positions after each * at them: * also matches an empty string."""
    reachable = set(positions)
    for position in positions:
        while position < len(pattern) and pattern[position] == "*":
            position += 1
            reachable.add(position)
    return reachable


class Actions:
    """The actions that policies grant: `names` in the spelling of AWS by the action in lower case."""

    def __init__(self, names: Iterable[str]) -> None:
        """Store the names, such as iam:PassRole."""
        self.names = {name.lower(): name for name in names}

    @cached_property
    def _by_service(self) -> dict[str, list[str]]:
        services: dict[str, list[str]] = {}
        for action in self.names:
            services.setdefault(action.partition(":")[0], []).append(action)
        return services

    def matching_actions(self, pattern: str) -> frozenset[str]:
        """Return the actions, in lower case, that the pattern matches."""
        if not {"*", "?"} & set(pattern):
            return frozenset((pattern.lower(),)).intersection(self.names)
        service = pattern.partition(":")[0].lower()
        is_literal = ":" in pattern and not {"*", "?"} & set(service)
        candidates = self._by_service.get(service, ()) if is_literal else self.names
        expression = _compile_pattern(pattern)
        return frozenset(action for action in candidates if expression.fullmatch(action))

    def shorten(self, actions: Collection[str], patterns: Iterable[str], *, is_excluding: bool) -> list[str]:
        """Return patterns that match these actions and no others, sorted.

        A wildcard replaces a service, or the actions of a service that begin with the same word, if a statement with `patterns`
        as its Action (`is_excluding`: NotAction) allows every name that the wildcard matches.
        """
        allowed_patterns = tuple(patterns)
        remaining_actions, wildcards = set(actions), []
        for prefix in sorted({prefix for action in actions for prefix in self._wildcard_starts(action)}, key=len):
            group = {
                action
                for action in self._by_service[prefix.partition(":")[0].lower()]
                if action.startswith(prefix.lower())
            }
            if len(group) < MIN_GROUP_ACTIONS or not group <= remaining_actions:
                continue
            if (
                not any(may_match(pattern, prefix) for pattern in allowed_patterns)
                if is_excluding
                else any(covers(pattern, prefix) for pattern in allowed_patterns)
            ):
                wildcards.append(f"{prefix}*")
                remaining_actions -= group
        return sorted([*wildcards, *(self.names[action] for action in remaining_actions)])

    def _wildcard_starts(self, action: str) -> tuple[str, ...]:
        """Return the prefixes of the wildcards that could replace an action: its service, and its first word."""
        service, _, name = self.names[action].partition(":")
        word = _WORD_PATTERN.match(name)
        return (f"{service}:", f"{service}:{word[0]}") if word else (f"{service}:",)
