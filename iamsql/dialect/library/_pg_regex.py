"""PostgreSQL's advanced regular expressions as a tree: read here, since no other engine's reader takes them exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from iamsql.dialect.library._regex_characters import ANY, CLASSES, CONTROL, EDGES, OTHERS, SHORT, code, spell
from iamsql.model import IamsqlError

BOUND = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
HEX = re.compile(r"x([0-9A-Fa-f]+)|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(0[0-7]{0,2})")


@dataclass
class Chars:
    """One character out of a set, as RE2 spells it; `body` is the inside of its brackets, if it may stand in others."""

    text: str
    chars: frozenset[int]
    body: str = ""


@dataclass
class Edge:
    """A place between characters: ^ $ \\b, or m and M for the beginning and the end of a word."""

    text: str


@dataclass
class Look:
    """A look ahead or behind, wanted or not."""

    body: Alt
    behind: bool
    wanted: bool


@dataclass
class Group:
    """A part in parentheses; `number` counts those that keep their text."""

    body: Alt
    number: int | None


@dataclass
class Repeat:
    """A part and how often it may come; `most` is None for no limit."""

    body: Node
    least: int
    most: int | None
    lazy: bool


@dataclass
class Alt:
    """Branches, of which one must match; a single one is a plain sequence."""

    branches: list[list[Node]] = field(default_factory=list)


Node = Chars | Edge | Look | Group | Repeat


class Reader:
    """Reads one pattern; `lines`: newlines end lines for . and [^…]; `loose`: blanks and comments count for nothing."""

    def __init__(self, pattern: str, lines: bool = False, loose: bool = False) -> None:
        self.text, self.at, self.lines, self.loose, self.groups = pattern, 0, lines, loose, 0

    def whole(self) -> Alt:
        """Read the whole pattern."""
        tree = self._alt()
        if self.at < len(self.text):
            raise self.wrong("parentheses are not balanced")
        return tree

    def wrong(self, why: str) -> IamsqlError:
        """Make the error that names the pattern."""
        return IamsqlError(f"The regular expression '{self.text}' cannot be used: {why}.")

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, count: int = 1) -> str:
        self.at += count
        return self.text[self.at - count : self.at]

    def _alt(self) -> Alt:
        tree = Alt([self._sequence()])
        while self._next() == "|":
            self._take()
            tree.branches.append(self._sequence())
        return tree

    def _sequence(self) -> list[Node]:
        items: list[Node] = []
        while True:
            self._skip()
            if self._next() in ("", "|", ")"):
                return items
            items.append(self._counted(self._atom()))

    def _skip(self) -> None:
        while True:
            if self.text.startswith("(?#", self.at):
                self.at = (self.text + ")").index(")", self.at) + 1
            elif self.loose and self._next() == "#":
                self.at = (self.text + "\n").index("\n", self.at) + 1
            elif self.loose and self._next().isspace():
                self._take()
            else:
                return

    def _counted(self, atom: Node) -> Node:
        self._skip()
        bound = BOUND.match(self.text, self.at)
        if not bound and self._next() == "{" and self.text[self.at + 1 : self.at + 2].isdigit():
            raise self.wrong("the braces {} of a quantifier are not balanced")
        limits: tuple[int, int | None]
        if bound:
            low = int(bound[1])
            limits = low, (low if not bound[2] else int(bound[3]) if bound[3] else None)
            if max(low, limits[1] or 0) > 255 or (limits[1] is not None and limits[1] < low):
                raise self.wrong("a repetition count is more than 255, or the second is less than the first")
            self._take(len(bound[0]))
        elif (mark := self._next()) and mark in "*+?":
            limits = {"*": (0, None), "+": (1, None), "?": (0, 1)}[self._take()]
        else:
            return atom
        if isinstance(atom, Edge | Look):
            raise self.wrong("a quantifier follows no character")
        lazy = self._next() == "?" and bool(self._take())
        if self._next() and (self._next() in "*+?" or BOUND.match(self.text, self.at)):
            raise self.wrong("a quantifier follows a quantifier")
        return Repeat(atom, *limits, lazy)

    def _atom(self) -> Node:
        mark = self._take()
        if mark in "*+?" or (mark == "{" and self._next().isdigit()):
            raise self.wrong("a quantifier follows nothing")
        known: dict[str, Callable[[], Node]] = {"(": self._group, "[": self._bracket, "\\": self._escape}
        if mark in known:
            return known[mark]()
        if mark in "^$":
            return Edge(mark)
        if mark == ".":
            return Chars(r"[^\n]", ANY - {10}) if self.lines else Chars("(?s:.)", ANY)
        return Chars(spell(mark), frozenset((code(mark),)), spell(mark))

    def _group(self) -> Node:
        look = re.compile(r"\?(?:(<?[=!])|(:))").match(self.text, self.at)
        number = None
        if look:
            self._take(len(look[0]))
        elif self._next() == "?":
            raise self.wrong(f"'(?{self.text[self.at + 1 : self.at + 2]}' is not known inside a pattern")
        else:
            self.groups += 1
            number = self.groups
        body = self._alt()
        if self._take() != ")":
            raise self.wrong("parentheses are not balanced")
        return Look(body, "<" in look[1], "=" in look[1]) if look and look[1] else Group(body, number)

    def _escape(self) -> Node:
        mark = self._next()
        if mark in EDGES:
            return Edge(EDGES[self._take()])
        if mark.lower() in SHORT:
            text, chars = SHORT[self._take().lower()]
            return Chars(f"[{text}]", chars, text) if mark in SHORT else Chars(f"[^{text}]", ANY - chars | {OTHERS})
        literal = self._literal()
        return Chars(spell(literal), frozenset((code(literal),)), spell(literal))

    def _literal(self) -> str:
        """Read what follows a backslash as one character."""
        if digits := HEX.match(self.text, self.at):
            self._take(len(digits[0]))
            return chr(int(digits[4], 8) if digits[4] else int(digits[1] or digits[2] or digits[3], 16))
        mark = self._take()
        if mark in CONTROL:
            return chr(CONTROL[mark])
        if mark.isdigit():
            raise self.wrong(f"iamsql has no references back to a group (\\{mark})")
        if mark.isalpha() or not mark:
            raise self.wrong(f"\\{mark} is no escape")
        return mark

    def _bracket(self) -> Node:
        for edge, text in (("[:<:]]", "m"), ("[:>:]]", "M")):
            if self.text.startswith(edge, self.at):
                self._take(len(edge))
                return Edge(text)
        negated = self._next() == "^" and bool(self._take())
        body, chars, first = "", frozenset[int](), True
        while first or self._next() != "]":
            more, those = self._member()
            body, chars, first = body + more, chars | those, False
        self._take()
        if not negated:
            return Chars(f"[{body}]", chars, body)
        newline = r"\n" if self.lines else ""
        return Chars(f"[^{body}{newline}]", (ANY - chars | {OTHERS}) - (frozenset((10,)) if newline else frozenset()))

    def _member(self) -> tuple[str, frozenset[int]]:
        """Read one class, range or character inside brackets."""
        if named := re.compile(r"\[:(\w+):\]").match(self.text, self.at):
            self._take(len(named[0]))
            if named[1] not in CLASSES:
                raise self.wrong(f"the class [:{named[1]}:] is not known")
            return CLASSES[named[1]]
        if self.text[self.at : self.at + 2] in ("[.", "[="):
            raise self.wrong("iamsql has no collating elements")
        if self._next() == "\\" and self.text[self.at + 1 : self.at + 2] in SHORT:
            return SHORT[self._take(2)[1]]
        low = self._end()
        if self._next() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            self._take()
            high = self._end()
            if ord(high) < ord(low):
                raise self.wrong(f"the range {low}-{high} runs backwards")
            return f"{spell(low)}-{spell(high)}", frozenset(range(code(low), code(high) + 1))
        return spell(low), frozenset((code(low),))

    def _end(self) -> str:
        mark = self._take()
        if not mark:
            raise self.wrong("a bracket is not closed")
        return self._literal() if mark == "\\" else mark
