"""Parser of PostgreSQL's advanced regular expressions (ARE); no library parses their syntax exactly."""

from __future__ import annotations

import re

from iamsql.dialect.library._regex_tree import (
    ANCHOR_ESCAPES,
    ANY,
    CLASSES,
    CONTROL_ESCAPES,
    NON_ASCII,
    SHORTHANDS,
    Anchor,
    Branches,
    CharacterClass,
    CharacterSet,
    Group,
    Lookaround,
    Node,
    Quantified,
    code,
    escape,
)
from iamsql.model import IamsqlError

_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_COMMENT = re.compile(r"\(\?#[^)]*\)?")
_EXPANDED_COMMENT = re.compile(r"\(\?#[^)]*\)?|#[^\n]*\n?|\s")
_BOUND = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_NUMERIC_ESCAPE = re.compile(r"x([0-9A-Fa-f]+)|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(0[0-7]{0,2})")
_GROUP_PREFIX = re.compile(r"\?(?:(<?[=!])|(:))")
_NAMED_CLASS = re.compile(r"\[:(\w+):\]")
_MAXIMUM_REPETITIONS = 255  # DUPMAX of PostgreSQL
_NEWLINE = 10


class Parser:
    """Parses one pattern. In `newline_sensitive` mode . and [^…] match no newline; `expanded` syntax ignores blanks."""

    def __init__(self, pattern: str, newline_sensitive: bool = False, expanded: bool = False) -> None:
        self.pattern, self._position, self.group_count = pattern, 0, 0
        self._newline_sensitive, self._expanded = newline_sensitive, expanded

    def parse(self) -> Branches:
        """Return the branches of the pattern; raise IamsqlError for a syntax error."""
        branches = self._branches()
        if self._position < len(self.pattern):
            raise self.error("parentheses are not balanced")
        return branches

    def error(self, reason: str) -> IamsqlError:
        """Return the error for this pattern."""
        return IamsqlError(f"The regular expression '{self.pattern}' cannot be used: {reason}.")

    def _peek(self, ahead: int = 0) -> str:
        position = self._position + ahead
        return self.pattern[position : position + 1]

    def _next(self, count: int = 1) -> str:
        self._position += count
        return self.pattern[self._position - count : self._position]

    def _accept(self, text: str) -> bool:
        is_next = self.pattern.startswith(text, self._position)
        self._position += len(text) if is_next else 0
        return is_next

    def _branches(self) -> Branches:
        branches = [self._sequence()]
        while self._accept("|"):
            branches.append(self._sequence())
        return branches

    def _sequence(self) -> list[Node]:
        items: list[Node] = []
        while True:
            self._skip_comments()
            if self._peek() in ("", "|", ")"):
                return items
            items.append(self._quantified(self._atom()))

    def _skip_comments(self) -> None:
        while comment := (_EXPANDED_COMMENT if self._expanded else _COMMENT).match(self.pattern, self._position):
            self._position = comment.end()

    def _quantified(self, atom: Node) -> Node:
        self._skip_comments()
        bound = _BOUND.match(self.pattern, self._position)
        if not bound and self._peek() == "{" and self._peek(1).isdigit():
            raise self.error("the braces {} of a quantifier are not balanced")
        if not bound and self._peek() not in _QUANTIFIERS:
            return atom
        minimum, maximum = self._bound_limits(bound) if bound else _QUANTIFIERS[self._next()]
        if isinstance(atom, Anchor | Lookaround):  # PostgreSQL refuses it too, RE2 accepts ^*
            raise self.error("a quantifier follows no character")
        lazy = self._accept("?")
        if self._peek() in _QUANTIFIERS or _BOUND.match(self.pattern, self._position):
            raise self.error("a quantifier follows a quantifier")
        return Quantified(atom, minimum, maximum, lazy)

    def _bound_limits(self, bound: re.Match[str]) -> tuple[int, int | None]:
        low = int(bound[1])
        high = low if not bound[2] else int(bound[3]) if bound[3] else None
        if max(low, high or 0) > _MAXIMUM_REPETITIONS or (high is not None and high < low):
            raise self.error("a repetition count is more than 255, or the second is less than the first")
        self._next(len(bound[0]))
        return low, high

    def _atom(self) -> Node:
        character = self._next()
        if character in _QUANTIFIERS or (character == "{" and self._peek().isdigit()):
            raise self.error("a quantifier follows nothing")
        if character == "(":
            return self._group()
        if character == "[":
            return self._bracket()
        if character == "\\":
            return self._escape()
        if character in "^$":
            return Anchor(character)
        if character == ".":
            return CharacterSet(r"[^\n]", ANY - {_NEWLINE}) if self._newline_sensitive else CharacterSet("(?s:.)", ANY)
        return self._literal(character)

    def _literal(self, character: str) -> CharacterSet:
        return CharacterSet(escape(character), frozenset((code(character),)), escape(character))

    def _group(self) -> Node:
        prefix = _GROUP_PREFIX.match(self.pattern, self._position)
        number = None
        if prefix:
            self._next(len(prefix[0]))
        elif self._peek() == "?":
            raise self.error(f"'(?{self._peek(1)}' is not known inside a pattern")
        else:
            self.group_count += 1
            number = self.group_count
        branches = self._branches()
        if not self._accept(")"):
            raise self.error("parentheses are not balanced")
        return (
            Lookaround(branches, "<" in prefix[1], "=" in prefix[1])
            if prefix and prefix[1]
            else Group(branches, number)
        )

    def _escape(self) -> Node:
        character = self._peek()
        if character in ANCHOR_ESCAPES:
            return Anchor(ANCHOR_ESCAPES[self._next()])
        if character.lower() in SHORTHANDS:
            body, characters = SHORTHANDS[self._next().lower()]
            if character in SHORTHANDS:
                return CharacterSet(f"[{body}]", characters, body)
            return CharacterSet(f"[^{body}]", ANY - characters | {NON_ASCII})
        return self._literal(self._escaped_character())

    def _escaped_character(self) -> str:
        """Return the character of an escape sequence; the backslash is consumed."""
        if digits := _NUMERIC_ESCAPE.match(self.pattern, self._position):
            self._next(len(digits[0]))
            return chr(int(digits[4], 8) if digits[4] else int(digits[1] or digits[2] or digits[3], 16))
        character = self._next()
        if character in CONTROL_ESCAPES:
            return chr(CONTROL_ESCAPES[character])
        if character.isdigit():
            raise self.error(f"iamsql does not support back references (\\{character})")
        if character.isalpha() or not character:
            raise self.error(f"\\{character} is not an escape sequence")
        return character

    def _bracket(self) -> Node:
        for syntax, anchor in (("[:<:]]", "m"), ("[:>:]]", "M")):  # older spellings of \m and \M
            if self._accept(syntax):
                return Anchor(anchor)
        negated = self._accept("^")
        body, characters = self._bracket_member()  # a ] at the beginning is a member
        while self._peek() != "]":
            member = self._bracket_member()
            body, characters = body + member.body, characters | member.characters
        self._next()
        if not negated:
            return CharacterSet(f"[{body}]", characters, body)
        excluded = frozenset((_NEWLINE,)) if self._newline_sensitive else frozenset()
        newline = r"\n" if self._newline_sensitive else ""
        return CharacterSet(f"[^{body}{newline}]", (ANY - characters | {NON_ASCII}) - excluded)

    def _bracket_member(self) -> CharacterClass:
        """Parse a class, a range or a character inside of brackets."""
        if named := _NAMED_CLASS.match(self.pattern, self._position):
            self._next(len(named[0]))
            if named[1] not in CLASSES:
                raise self.error(f"the class [:{named[1]}:] is not known")
            return CLASSES[named[1]]
        if self._peek() == "[" and self._peek(1) in (".", "="):
            raise self.error("iamsql does not support collating elements")
        if self._peek() == "\\" and self._peek(1) in SHORTHANDS:
            return SHORTHANDS[self._next(2)[1]]
        low = self._range_end()
        if self._peek() == "-" and self._peek(1) not in ("]", ""):
            self._next()
            high = self._range_end()
            if ord(high) < ord(low):
                raise self.error(f"the range {low}-{high} is reversed")
            return CharacterClass(f"{escape(low)}-{escape(high)}", frozenset(range(code(low), code(high) + 1)))
        return CharacterClass(escape(low), frozenset((code(low),)))

    def _range_end(self) -> str:
        character = self._next()
        if not character:
            raise self.error("a bracket is not closed")
        return self._escaped_character() if character == "\\" else character
