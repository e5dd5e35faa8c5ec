"""Writer of the trees of regular expressions in the syntax of RE2."""

from __future__ import annotations

from typing import NamedTuple

from iamsql.dialect.library._pg_regex import Parser
from iamsql.dialect.library._regex_tree import (
    Alternation,
    Anchor,
    CharacterSet,
    Group,
    Lookaround,
    Node,
    Quantified,
    first_characters,
    is_word,
)


class Capture(NamedTuple):
    """A capturing group of PostgreSQL: its number in RE2, and the number of the group that proves that it took part.

    `proof` is 0 if the group always takes part in a match, and -1 if no group proves it.
    """

    number: int
    proof: int


class Lookahead(NamedTuple):
    """A pattern that must match (positive), or must not match."""

    positive: bool
    regex: str


class Pattern(NamedTuple):
    """A pattern for RE2; `ascii_only` patterns test word boundaries, which RE2 knows for ASCII text only."""

    regex: str
    lookaheads: list[Lookahead]
    captures: list[Capture]
    ascii_only: bool = False


class Writer:
    """Writes a tree; `ascii_only` tells afterwards whether the pattern tests word boundaries."""

    def __init__(self, parser: Parser) -> None:
        self._parser, self.ascii_only = parser, False

    def alternation(self, tree: Alternation) -> str:
        """Return branches in the syntax of RE2; raise IamsqlError for a constraint that RE2 does not have."""
        return "|".join(
            "".join(self._node(item, branch, position) for position, item in enumerate(branch))
            for branch in tree.branches
        )

    def _node(self, node: Node, items: list[Node], position: int) -> str:
        if isinstance(node, Anchor):
            return self._anchor(node.regex, items, position)
        if isinstance(node, Lookaround):
            raise self._parser.error(
                "iamsql supports look-ahead and look-behind at the ends of a pattern only, to test whether it matches"
            )
        if isinstance(node, Group):
            return f"({'?:' if node.number is None else ''}{self.alternation(node.body)})"
        if isinstance(node, Quantified):
            body = self._node(node.body, [node.body], 0)
            return (body if isinstance(node.body, CharacterSet | Group) else f"(?:{body})") + _quantifier(node)
        return node.regex

    def _anchor(self, regex: str, items: list[Node], position: int) -> str:
        if regex not in ("m", "M", r"\b", r"\B"):
            return regex
        self.ascii_only = True
        if regex not in ("m", "M"):
            return regex
        is_start = regex == "m"
        neighbours = items[position + 1 :] if is_start else items[:position]
        if not is_word(first_characters(neighbours, last=not is_start)):
            raise self._parser.error(f"iamsql supports \\{regex} only beside a part that begins or ends with a letter")
        return r"\b"


def _quantifier(node: Quantified) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((node.minimum, node.maximum))
    maximum = "" if node.maximum is None else str(node.maximum)
    bound = f"{{{node.minimum}{'' if node.minimum == node.maximum else ',' + maximum}}}"
    return (short or bound) + ("?" if node.lazy else "")
