"""The tree of a regular expression, and its properties: widths, first characters, nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from iamsql.dialect.library._regex_characters import WORD

_UNLIMITED = 10**6  # more characters than any width that is compared


@dataclass
class CharacterSet:
    """One character of a set. `body` is its spelling inside of brackets, '' if it has none."""

    regex: str
    characters: frozenset[int]
    body: str = ""


@dataclass
class Anchor:
    """A position: ^ $ \\A \\z \\b \\B, or m and M for the beginning and the end of a word."""

    regex: str


@dataclass
class Lookaround:
    """A look-ahead or look-behind constraint, positive or negative."""

    body: Alternation
    behind: bool
    positive: bool


@dataclass
class Group:
    """A part in parentheses; `number` counts the capturing groups."""

    body: Alternation
    number: int | None


@dataclass
class Quantified:
    """A part with a quantifier; `maximum` is None for no limit."""

    body: Node
    minimum: int
    maximum: int | None
    lazy: bool


@dataclass
class Alternation:
    """Branches, one of which must match; a single branch is a plain sequence."""

    branches: list[list[Node]] = field(default_factory=list)


Node = CharacterSet | Anchor | Lookaround | Group | Quantified


class Width(NamedTuple):
    """The least and the greatest number of characters that a part matches."""

    least: int
    greatest: int


class FirstCharacters(NamedTuple):
    """The characters that a part can begin with, and whether it can match the empty text."""

    characters: frozenset[int]
    can_be_empty: bool


def width(node: Node) -> Width:
    """Return the width of a node."""
    if isinstance(node, CharacterSet):
        return Width(1, 1)
    if isinstance(node, Group):
        return alternation_width(node.body)
    if isinstance(node, Quantified):
        least, greatest = width(node.body)
        maximum = _UNLIMITED if node.maximum is None else node.maximum
        return Width(least * node.minimum, min(_UNLIMITED, greatest * maximum))
    return Width(0, 0)


def sequence_width(items: list[Node]) -> Width:
    """Return the width of nodes in sequence."""
    widths = [width(item) for item in items]
    return Width(sum(each.least for each in widths), min(_UNLIMITED, sum(each.greatest for each in widths)))


def alternation_width(tree: Alternation) -> Width:
    """Return the least and the greatest width of the branches."""
    widths = [sequence_width(branch) for branch in tree.branches]
    return Width(min(each.least for each in widths), max(each.greatest for each in widths))


def first_characters(items: list[Node], last: bool = False) -> FirstCharacters:
    """Return what nodes in sequence can begin with, or end with if `last`."""
    found: frozenset[int] = frozenset()
    for item in reversed(items) if last else items:
        characters, can_be_empty = _first_characters(item, last)
        found |= characters
        if not can_be_empty:
            return FirstCharacters(found, False)
    return FirstCharacters(found, True)


def _first_characters(node: Node, last: bool) -> FirstCharacters:
    if isinstance(node, CharacterSet):
        return FirstCharacters(node.characters, False)
    if isinstance(node, Group):
        branches = [first_characters(branch, last) for branch in node.body.branches]
        return FirstCharacters(
            frozenset().union(*(branch.characters for branch in branches)),
            any(branch.can_be_empty for branch in branches),
        )
    if isinstance(node, Quantified):
        characters, can_be_empty = _first_characters(node.body, last)
        return FirstCharacters(characters, can_be_empty or node.minimum == 0)
    return FirstCharacters(frozenset(), True)


def is_word(first: FirstCharacters) -> bool:
    """Report whether a part begins with a character of a word in every match."""
    return not first.can_be_empty and first.characters <= WORD.characters


def walk(tree: Alternation) -> Iterator[Node]:
    """Yield all nodes of a tree, in the order of the pattern."""
    for node in (item for branch in tree.branches for item in branch):
        while isinstance(node, Quantified):
            yield node
            node = node.body
        yield node
        if isinstance(node, Group | Lookaround):
            yield from walk(node.body)
