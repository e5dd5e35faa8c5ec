"""From a pattern and flags as PostgreSQL takes them to what RE2 is given; flags and prefixes inside the pattern count too."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from iamsql.dialect.build import literal
from iamsql.dialect.library._pg_regex import Alt, Chars, Edge, Group, Look, Node, Reader
from iamsql.dialect.library._re2_writer import Pattern, Writer, alt_width, first, walk
from iamsql.dialect.library._regex_characters import ANY, LETTERS, OTHERS, WORD, spell
from iamsql.dialect.library._regex_equivalence import Slots, settle
from iamsql.model import IamsqlError

FLAGS = "cegimnpqstwx"
EMBEDDED = re.compile(r"\(\?([a-z]+)\)")
NO_WORD = Chars(f"[^{LETTERS}]", ANY - WORD | {OTHERS})
NO_WORD_BEFORE = Group(Alt([[Edge(r"\A")], [NO_WORD]]), None)
NO_WORD_AFTER = Group(Alt([[NO_WORD], [Edge(r"\z")]]), None)


@dataclass(frozen=True)
class Flags:
    """What flags say: letters alike, lines told apart by . and [^…] and by ^ and $, blanks ignored, every match, plain text."""

    fold: bool = False
    lines: bool = False
    edges: bool = False
    loose: bool = False
    every: bool = False
    plain: bool = False


def flags_of(text: str, of: str = "a regular expression") -> Flags:
    """Read flags; the last one of a kind counts."""
    found: dict[str, bool] = {}
    known = {
        "m": {"lines": True, "edges": True},
        "n": {"lines": True, "edges": True},
        "i": {"fold": True},
        "c": {"fold": False},
        "p": {"lines": True, "edges": False},
        "w": {"lines": False, "edges": True},
        "s": {"lines": False, "edges": False},
        "x": {"loose": True},
        "t": {"loose": False},
        "g": {"every": True},
        "q": {"plain": True},
        "e": {},
    }
    for letter in text:
        if letter not in known:
            raise IamsqlError(f"The flag '{letter}' of {of} is not known; known are {', '.join(FLAGS)}.")
        found |= known[letter]
    return Flags(**found)


def search(pattern: str, flags: str = "") -> Pattern:
    """Give what tells whether the pattern matches anywhere in a text."""
    reader, tree, prefix, chosen = _read(pattern, flags)
    if chosen.plain:
        return Pattern(prefix + "".join(map(spell, reader.text)))
    looks = _ahead(tree)
    _consume(tree)
    writer = Writer(reader)
    also = [(look.wanted, f"{prefix}^(?:{writer.alt(look.body)})") for look in looks]
    return Pattern(prefix + writer.alt(tree), also, [], writer.ascii_only)


def use(pattern: str, flags: str = "", groups: bool = True) -> Pattern:
    """Give what finds the text that the pattern matches; `groups` says that the texts of its groups are used too."""
    reader, tree, prefix, chosen = _read(pattern, flags)
    if chosen.plain:
        return Pattern(prefix + "".join(map(spell, reader.text)))
    if not groups:
        reader.groups = 0
        for node in walk(tree):
            if isinstance(node, Group):
                node.number = None
    settle(reader, tree, chosen.edges, chosen.fold)
    slots = Slots(reader).of(tree)
    writer = Writer(reader)
    return Pattern(prefix + writer.alt(tree), [], slots, writer.ascii_only)


def _read(pattern: str, flags: str) -> tuple[Reader, Alt, str, Flags]:
    """Read prefixes, flags and the tree; the prefix is RE2's spelling of the flags."""
    rest, options = pattern, flags
    if rest.startswith("***="):
        rest, options = rest[4:], options + "q"
    elif rest.startswith("***:"):
        rest = rest[4:]
    if (found := EMBEDDED.match(rest)) and "q" not in options:
        rest, options = rest[found.end() :], options + found[1]
    chosen = flags_of(options)
    letters = "".join(letter for letter, on in (("i", chosen.fold), ("m", chosen.edges)) if on)
    reader = Reader(rest, lines=chosen.lines, loose=chosen.loose)
    return reader, Alt() if chosen.plain else reader.whole(), f"(?{letters})" if letters else "", chosen


def _ahead(tree: Alt) -> list[Look]:
    """Take the looks ahead that stand right behind ^ out of a pattern: they are further patterns from the beginning."""
    if len(tree.branches) != 1 or tree.branches[0][:1] not in ([Edge("^")], [Edge(r"\A")]):
        return []
    items = tree.branches[0]
    found: list[Look] = []
    while len(items) > 1 and isinstance(look := items[1], Look) and not look.behind:
        found.append(look)
        del items[1]
    return found


def _consume(tree: Alt) -> None:
    """Let a look at the end of a branch (or behind, at its beginning) take what it sees: whether there is a match is the same."""
    for items in tree.branches:
        if items and isinstance(last := items[-1], Look) and not last.behind:
            items[-1] = _seen(last, r"\z")
        if items and isinstance(start := items[0], Look) and start.behind:
            items[0] = _seen(start, r"\A")
        if items and items[0] in (Edge("m"), Edge(r"\b")) and _wordly(first(items[1:])):
            items[0] = NO_WORD_BEFORE
        if items and items[-1] in (Edge("M"), Edge(r"\b")) and _wordly(first(items[:-1], last=True)):
            items[-1] = NO_WORD_AFTER


def _wordly(begins: tuple[frozenset[int], bool]) -> bool:
    chars, empty = begins
    return not empty and chars <= WORD


def _seen(look: Look, edge: str) -> Node:
    if look.wanted:
        return Group(look.body, None)
    only = look.body.branches[0] if len(look.body.branches) == 1 else []
    if len(only) == 1 and isinstance(one := only[0], Chars) and one.body:
        return Group(Alt([[Chars(f"[^{one.body}]", one.chars)], [Edge(edge)]]), None)
    return look


def _nullable(words: str, flags: str) -> bool:
    return not flags_of(flags).plain and alt_width(Reader(words.removeprefix("(?i)")).whole())[0] == 0


def never_empty(words: exp.Expr, flags: str, name: str) -> None:
    """Refuse a pattern that may match nothing, or that is not written out."""
    found = literal(words)
    if found is None or _nullable(found, flags):
        raise IamsqlError(
            f"{name} needs a pattern that is written out in the query and matches at least one character,\n"
            "since PostgreSQL and RE2 count empty matches differently."
        )
