"""The tree of a regular expression, its properties, and the characters of PostgreSQL's classes with their spelling for RE2.

A set of characters has a code for each ASCII character and one code for all others, which is enough to tell whether two parts
of a pattern can begin with the same character.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class CharacterClass(NamedTuple):
    """A class: its spelling inside of the brackets of RE2, and its characters."""

    body: str
    characters: frozenset[int]


_UNLIMITED = 10**6  # more characters than any width that is compared
NON_ASCII = 128
ANY = frozenset(range(NON_ASCII + 1))
_DIGIT = frozenset(b"0123456789")
_ALPHA = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") | {NON_ASCII}
_UNDERSCORE = ord("_")
# \s of RE2 matches ASCII only. PostgreSQL's matches these characters too, but no no-break spaces.
_SPACES = r"\t\n\v\f\r \x{1680}\x{2000}-\x{2006}\x{2008}-\x{200A}\x{2028}\x{2029}\x{205F}\x{3000}"
_SPACE = CharacterClass(_SPACES, frozenset(b"\t\n\v\f\r ") | {NON_ASCII})
WORD = CharacterClass(r"\p{L}\p{M}\p{N}_", _ALPHA | _DIGIT | {_UNDERSCORE})
SHORTHANDS = {"d": CharacterClass("0-9", _DIGIT), "w": WORD, "s": _SPACE}
CLASSES = {
    "alpha": CharacterClass(r"\p{L}\p{M}", _ALPHA),
    "digit": SHORTHANDS["d"],
    "alnum": CharacterClass(r"\p{L}\p{M}\p{N}", WORD.characters - {_UNDERSCORE}),
    "upper": CharacterClass(r"\p{Lu}", frozenset(range(65, 91)) | {NON_ASCII}),
    "lower": CharacterClass(r"\p{Ll}", frozenset(range(97, 123)) | {NON_ASCII}),
    "space": _SPACE,
    "blank": CharacterClass(r" \t", frozenset(b" \t")),
    "xdigit": CharacterClass("0-9A-Fa-f", frozenset(b"0123456789abcdefABCDEF")),
    "punct": CharacterClass(r"!-/:-@\[-`{-~\p{P}\p{S}", ANY - _ALPHA - _DIGIT - frozenset(range(33)) | {NON_ASCII}),
    "cntrl": CharacterClass(r"\x00-\x1f\x7f", frozenset(range(32)) | {127}),
    "word": WORD,
}
CONTROL_ESCAPES = {"a": 7, "b": 8, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "B": 92}
ANCHOR_ESCAPES = {"A": r"\A", "Z": r"\z", "y": r"\b", "Y": r"\B", "m": "m", "M": "M"}


def code(character: str) -> int:
    """Return the code of a character; all characters beyond ASCII have the same code."""
    return min(ord(character), NON_ASCII)


def escape(character: str) -> str:
    """Return a literal character for RE2, inside or outside of brackets."""
    if character.isalnum() or ord(character) >= NON_ASCII or character in " _/:,;=@#%&<>!~\"'":
        return character
    return f"\\{character}" if character.isprintable() else f"\\x{{{ord(character):x}}}"


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

    branches: Branches
    behind: bool
    positive: bool


@dataclass
class Group:
    """A part in parentheses; `number` counts the capturing groups."""

    branches: Branches
    number: int | None = None


@dataclass
class Quantified:
    """A part with a quantifier; `maximum` is None for no limit."""

    body: Node
    minimum: int
    maximum: int | None
    lazy: bool


Node = CharacterSet | Anchor | Lookaround | Group | Quantified
Branches = list[list[Node]]  # alternative sequences


class Width(NamedTuple):
    """The least and the greatest number of characters that a part matches."""

    least: int
    greatest: int


def width(node: Node) -> Width:
    """Return the width of a node."""
    if isinstance(node, Group):
        widths = [sequence_width(branch) for branch in node.branches]
        return Width(min(each.least for each in widths), max(each.greatest for each in widths))
    if isinstance(node, Quantified):
        least, greatest = width(node.body)
        maximum = _UNLIMITED if node.maximum is None else node.maximum
        return Width(least * node.minimum, min(_UNLIMITED, greatest * maximum))
    return Width(1, 1) if isinstance(node, CharacterSet) else Width(0, 0)


def sequence_width(items: list[Node]) -> Width:
    """Return the width of nodes in sequence."""
    widths = [width(item) for item in items]
    return Width(sum(each.least for each in widths), min(_UNLIMITED, sum(each.greatest for each in widths)))


def first_characters(items: list[Node], last: bool = False) -> frozenset[int]:
    """Return the characters with which nodes in sequence can begin, or end if `last`."""
    found: frozenset[int] = frozenset()
    for item in reversed(items) if last else items:
        if isinstance(item, CharacterSet):
            found |= item.characters
        elif isinstance(item, Quantified):
            found |= first_characters([item.body], last)
        elif isinstance(item, Group):
            found = found.union(*(first_characters(branch, last) for branch in item.branches))
        if width(item).least:
            break
    return found


def is_word(items: list[Node], last: bool = False) -> bool:
    """Report whether nodes in sequence begin, or end if `last`, with a character of a word in every match."""
    return sequence_width(items).least > 0 and first_characters(items, last) <= WORD.characters


def walk(branches: Branches) -> Iterator[Node]:
    """Yield all nodes of a tree, in the order of the pattern."""
    for node in (item for branch in branches for item in branch):
        while isinstance(node, Quantified):
            yield node
            node = node.body
        yield node
        if isinstance(node, Group | Lookaround):
            yield from walk(node.branches)
