"""Translation of a pattern and its flags to RE2; flags and prefixes inside of the pattern are part of its syntax."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from iamsql.dialect.library._pg_regex import Parser
from iamsql.dialect.library._regex_equivalence import Equivalence, uncertain_groups
from iamsql.dialect.library._regex_tree import (
    ANY,
    NON_ASCII,
    WORD,
    Anchor,
    Branches,
    CharacterSet,
    Group,
    Lookaround,
    Node,
    Quantified,
    is_word,
    sequence_width,
    walk,
)
from iamsql.model import IamsqlError

_EMBEDDED_FLAGS = re.compile(r"\(\?([a-z]+)\)")
_NON_WORD = CharacterSet(f"[^{WORD.body}]", ANY - WORD.characters | {NON_ASCII})
_WORD_START = Group([[Anchor(r"\A")], [_NON_WORD]])
_WORD_END = Group([[_NON_WORD], [Anchor(r"\z")]])
_WORD_ANCHORS = ("m", "M", r"\b", r"\B")


class Pattern(NamedTuple):
    """A pattern for RE2; `ascii_only` patterns test word boundaries, which RE2 knows for ASCII text only.

    The patterns of `lookaheads` must match too (True), or must not match (False).
    """

    regex: str
    lookaheads: Sequence[tuple[str, bool]] = ()
    group_count: int = 0
    uncertain_groups: frozenset[int] = frozenset()
    ascii_only: bool = False
    can_be_empty: bool = False


def _write(parser: Parser, branches: Branches) -> str:
    """Return branches in the syntax of RE2; raise IamsqlError for a constraint that RE2 does not have."""
    return "|".join(
        "".join(_write_node(parser, item, branch, position) for position, item in enumerate(branch))
        for branch in branches
    )


def _write_node(parser: Parser, node: Node, items: list[Node], position: int) -> str:
    if isinstance(node, Lookaround):
        raise parser.error(
            "iamsql supports look-ahead and look-behind at the ends of a pattern only, to test whether it matches"
        )
    if isinstance(node, Group):
        return f"({'?:' if node.number is None else ''}{_write(parser, node.branches)})"
    if isinstance(node, Quantified):
        body = _write_node(parser, node.body, [node.body], 0)
        return (body if isinstance(node.body, CharacterSet | Group) else f"(?:{body})") + _quantifier(node)
    if not isinstance(node, Anchor) or node.regex not in ("m", "M"):
        return node.regex
    is_start = node.regex == "m"
    if not is_word(items[position + 1 :] if is_start else items[:position], last=not is_start):
        raise parser.error(f"iamsql supports \\{node.regex} only beside a part that begins or ends with a letter")
    return r"\b"


def _quantifier(node: Quantified) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((node.minimum, node.maximum))
    maximum = "" if node.maximum is None else str(node.maximum)
    bound = f"{{{node.minimum}{'' if node.minimum == node.maximum else ',' + maximum}}}"
    return (short or bound) + ("?" if node.lazy else "")


def _tests_words(branches: Branches) -> bool:
    return any(isinstance(node, Anchor) and node.regex in _WORD_ANCHORS for node in walk(branches))


class Flags(NamedTuple):
    """The options of a pattern: `newline_sensitive` is about . and [^…], `multiline` about ^ and $."""

    ignore_case: bool = False
    newline_sensitive: bool = False
    multiline: bool = False
    expanded: bool = False
    literal: bool = False


_FLAGS: dict[str, dict[str, bool]] = {
    **{letter: {} for letter in "eg"},
    **{letter: {"newline_sensitive": True, "multiline": True} for letter in "mn"},
    "c": {"ignore_case": False},
    "i": {"ignore_case": True},
    "p": {"newline_sensitive": True, "multiline": False},
    "q": {"literal": True},
    "s": {"newline_sensitive": False, "multiline": False},
    "t": {"expanded": False},
    "w": {"newline_sensitive": False, "multiline": True},
    "x": {"expanded": True},
}


def parse_flags(letters: str) -> Flags:
    """Return the options of flags; a later letter overrides an earlier one. Raise IamsqlError for an unknown letter."""
    options: dict[str, bool] = {}
    for letter in letters:
        if letter not in _FLAGS:
            raise IamsqlError(
                f"The flag '{letter}' of a regular expression is not known; known are {', '.join(sorted(_FLAGS))}."
            )
        options |= _FLAGS[letter]
    return Flags(**options)


def match_pattern(pattern: str, flags: str = "") -> Pattern:
    """Translate a pattern to test whether it matches anywhere in a text; RE2 may match another part of the text."""
    parsed = _Parsed(pattern, flags)
    parser, tree, prefix = parsed.parser, parsed.tree, parsed.prefix
    constraints = _remove_lookaheads(tree)
    _consume_constraints(tree)
    ascii_only = any(map(_tests_words, [tree, *(look.branches for look in constraints)]))
    ahead = [(f"{prefix}^(?:{_write(parser, look.branches)})", look.positive) for look in constraints]
    return Pattern(prefix + _write(parser, tree), ahead, ascii_only=ascii_only)


def extract_pattern(pattern: str, flags: str = "", groups: bool = True) -> Pattern:
    """Translate a pattern to extract the text that it matches, or with `groups` the text of its groups.

    Raise IamsqlError for a pattern with which RE2 may match another text than PostgreSQL.
    """
    parsed = _Parsed(pattern, flags)
    parser, tree = parsed.parser, parsed.tree
    if not groups:
        parser.group_count = 0
        for node in walk(tree):
            if isinstance(node, Group):
                node.number = None
    Equivalence(parser, tree, parsed.flags.multiline, parsed.flags.ignore_case).check()
    uncertain = frozenset(uncertain_groups(parser, tree))
    can_be_empty = any(sequence_width(branch).least == 0 for branch in tree)
    regex = parsed.prefix + _write(parser, tree)
    return Pattern(regex, (), parser.group_count, uncertain, _tests_words(tree), can_be_empty)


class _Parsed:
    """A pattern: its flags, their spelling in RE2 (`prefix`), and its tree."""

    def __init__(self, pattern: str, flags: str) -> None:
        if pattern.startswith("***="):
            pattern, flags = pattern[4:], flags + "q"
        elif pattern.startswith("***:"):
            pattern = pattern[4:]
        if (embedded := _EMBEDDED_FLAGS.match(pattern)) and "q" not in flags:
            pattern, flags = pattern[embedded.end() :], flags + embedded[1]
        self.flags = parse_flags(flags)
        # RE2's s is not needed: the parser writes . and [^…] with or without the newline.
        letters = ("i" if self.flags.ignore_case else "") + ("m" if self.flags.multiline else "")
        self.prefix = f"(?{letters})" if letters else ""
        pattern = re.sub(r"\W", r"\\\g<0>", pattern) if self.flags.literal else pattern
        self.parser = Parser(pattern, self.flags.newline_sensitive, self.flags.expanded)
        self.tree = self.parser.parse()


def _remove_lookaheads(tree: Branches) -> list[Lookaround]:
    """Remove the look-aheads directly after ^: each is a pattern of its own, which matches at the beginning."""
    if len(tree) != 1 or tree[0][:1] not in ([Anchor("^")], [Anchor(r"\A")]):
        return []
    items = tree[0]
    found: list[Lookaround] = []
    while len(items) > 1 and isinstance(constraint := items[1], Lookaround) and not constraint.behind:
        found.append(constraint)
        del items[1]
    return found


def _consume_constraints(tree: Branches) -> None:
    """Replace constraints at the ends of branches by parts that consume the text; the result of the test is the same."""
    # RE2 has no look-around, and its \b knows only ASCII letters.
    for items in tree:
        if items and isinstance(last := items[-1], Lookaround) and not last.behind:
            items[-1] = _consumed(last, r"\z")
        if items and isinstance(start := items[0], Lookaround) and start.behind:
            items[0] = _consumed(start, r"\A")
        if items and items[0] in (Anchor("m"), Anchor(r"\b")) and is_word(items[1:]):
            items[0] = _WORD_START
        if items and items[-1] in (Anchor("M"), Anchor(r"\b")) and is_word(items[:-1], last=True):
            items[-1] = _WORD_END


def _consumed(constraint: Lookaround, anchor: str) -> Node:
    if constraint.positive:
        return Group(constraint.branches)
    items = constraint.branches[0] if len(constraint.branches) == 1 else []
    if len(items) == 1 and isinstance(item := items[0], CharacterSet) and item.body:
        return Group([[CharacterSet(f"[^{item.body}]", item.characters)], [Anchor(anchor)]])
    return constraint
