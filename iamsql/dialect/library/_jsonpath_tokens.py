"""The tokens of a JSON path, and the reader that moves over them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from iamsql.model import IamsqlError

TOKEN = re.compile(
    r'(?:\s|/\*(?:[^*]|\*(?!/))*\*/)*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[$]?"?[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|'
    r"(?P<mark>==|!=|<>|<=|>=|&&|\|\||\*\*|[$@.*?()\[\]{},!<>+\-/%]))",
    re.DOTALL,
)

COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/")


@dataclass(frozen=True)
class Token:
    """A token: string, number, name or mark, and its text."""

    kind: str
    text: str


def tokens(path: str) -> list[Token]:
    """Cut a path into tokens."""
    found, at = [], 0
    while COMMENT.sub("", path[at:]).strip():
        token = TOKEN.match(path, at)
        if not token or token.lastgroup is None:
            raise wrong(path, f"near '{path[at : at + 20].strip()}'")
        found.append(Token(token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def wrong(path: str, why: str) -> IamsqlError:
    """Make the error that names the path."""
    return IamsqlError(f"The JSON path '{path}' cannot be used: {why}.")


def numeral(words: str) -> str:
    """Write a number of a path as JSON does: with digits on both sides of the point."""
    whole, point, rest = words.partition(".")
    return words if not point else f"{whole or '0'}.{rest if rest[:1].isdigit() else '0' + rest}"


class Cursor:
    """Moves over the tokens of a path."""

    def __init__(self, path: str) -> None:
        self.path, self.tokens, self.at = path, tokens(path), 0

    def _peek(self, ahead: int = 0) -> Token:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end", "")

    def _take(self, kind: str, words: tuple[str, ...]) -> str:
        token = self._peek()
        if token.kind == kind and token.text in words:
            self.at += 1
            return token.text
        return ""

    def _mark(self, *marks: str) -> str:
        return self._take("mark", marks)

    def _name(self, *names: str) -> str:
        return self._take("name", names)

    def _need(self, mark: str) -> None:
        if not self._mark(mark):
            raise wrong(self.path, f"'{mark}' is missing")

    def _string(self) -> str:
        token = self._peek()
        if token.kind != "string":
            raise wrong(self.path, "a text in double quotes is missing")
        self.at += 1
        return str(json.loads(token.text, strict=False))
