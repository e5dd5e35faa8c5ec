"""A tree of a regular expression as RE2 spells it, and what can be told of a tree: its widths and what it may begin with."""

from __future__ import annotations

from dataclasses import dataclass, field

from iamsql.dialect.library._pg_regex import Alt, Chars, Edge, Group, Look, Node, Reader, Repeat
from iamsql.dialect.library._regex_characters import WORD

EMPTY: frozenset[int] = frozenset()
LIMIT = 10**6


@dataclass(frozen=True)
class Pattern:
    """A pattern for RE2. `also`: further ones that must match (True) or must not. `slots`: for each group of PostgreSQL's its
    place in RE2's and the place of the group that proves that it took part (0: it always does, -1: nothing proves it).
    `ascii_only`: RE2 knows where words end in ASCII texts only."""

    text: str
    also: list[tuple[bool, str]] = field(default_factory=list)
    slots: list[tuple[int, int]] = field(default_factory=list)
    ascii_only: bool = False


def width(node: Node) -> tuple[int, int]:
    """Give the least and the greatest number of characters that a node matches."""
    if isinstance(node, Chars):
        return 1, 1
    if isinstance(node, Group):
        return alt_width(node.body)
    if isinstance(node, Repeat):
        low, high = width(node.body)
        return low * node.least, min(LIMIT, high * (LIMIT if node.most is None else node.most))
    return 0, 0


def sequence_width(items: list[Node]) -> tuple[int, int]:
    """Give the least and the greatest width of nodes in a row."""
    pairs = [width(item) for item in items]
    return sum(low for low, _ in pairs), min(LIMIT, sum(high for _, high in pairs))


def alt_width(tree: Alt) -> tuple[int, int]:
    """Give the least and the greatest width over all branches."""
    pairs = [sequence_width(branch) for branch in tree.branches]
    return min(low for low, _ in pairs), max(high for _, high in pairs)


def first(items: list[Node], last: bool = False) -> tuple[frozenset[int], bool]:
    """Give the characters that a row of nodes can begin (or end) with, and whether it may match nothing at all."""
    found = EMPTY
    for item in reversed(items) if last else items:
        chars, empty = _first(item, last)
        found |= chars
        if not empty:
            return found, False
    return found, True


def _first(node: Node, last: bool) -> tuple[frozenset[int], bool]:
    if isinstance(node, Chars):
        return node.chars, False
    if isinstance(node, Group):
        pairs = [first(branch, last) for branch in node.body.branches]
        return frozenset().union(*(chars for chars, _ in pairs)), any(empty for _, empty in pairs)
    if isinstance(node, Repeat):
        chars, empty = _first(node.body, last)
        return chars, empty or node.least == 0
    return EMPTY, True


def walk(tree: Alt) -> list[Node]:
    """List all nodes of a tree."""
    found: list[Node] = []
    for item in (item for branch in tree.branches for item in branch):
        inner = item
        while isinstance(inner, Repeat):
            found.append(inner)
            inner = inner.body
        found.append(inner)
        found += walk(inner.body) if isinstance(inner, Group | Look) else []
    return found


class Writer:
    """Writes a tree for RE2; `ascii_only` tells afterwards whether it asks where words end."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.ascii_only = reader, False

    def alt(self, tree: Alt) -> str:
        """Write branches."""
        return "|".join(self.sequence(branch) for branch in tree.branches)

    def sequence(self, items: list[Node]) -> str:
        """Write nodes in a row."""
        return "".join(self._node(item, items, place) for place, item in enumerate(items))

    def _node(self, node: Node, items: list[Node], place: int) -> str:
        if isinstance(node, Edge):
            return self._edge(node.text, items, place)
        if isinstance(node, Look):
            raise self.reader.wrong(
                "iamsql can look ahead or behind at the ends of a pattern only, to tell whether it matches"
            )
        if isinstance(node, Group):
            return f"({'?:' if node.number is None else ''}{self.alt(node.body)})"
        if isinstance(node, Repeat):
            inner = self._node(node.body, [node.body], 0)
            inner = inner if isinstance(node.body, Chars | Group) else f"(?:{inner})"
            return inner + quantifier(node)
        return node.text

    def _edge(self, text: str, items: list[Node], place: int) -> str:
        if text not in ("m", "M", r"\b", r"\B"):
            return text
        self.ascii_only = True
        if text in ("m", "M"):
            chars, empty = first(items[place + 1 :]) if text == "m" else first(items[:place], last=True)
            if empty or not chars <= WORD:
                raise self.reader.wrong(f"iamsql has \\{text} only beside a character that is surely part of a word")
            return r"\b"
        return text


def quantifier(node: Repeat) -> str:
    """Write how often a node may come."""
    known = {(0, None): "*", (1, None): "+", (0, 1): "?"}
    most = "" if node.most is None else str(node.most)
    text = known.get((node.least, node.most)) or f"{{{node.least}{'' if node.least == node.most else ',' + most}}}"
    return text + ("?" if node.lazy else "")
