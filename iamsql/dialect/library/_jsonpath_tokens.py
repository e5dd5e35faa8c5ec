"""The tokens of a JSON path, and a cursor over them."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from iamsql.model import IamsqlError

_TOKEN = re.compile(
    r"(?P<blank>\s+|/\*(?:[^*]|\*(?!/))*\*/)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r'|(?P<name>[$]?"?[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)'
    r"|(?P<symbol>==|!=|<>|<=|>=|&&|\|\||\*\*|.)",
    re.DOTALL,
)


class Token(NamedTuple):
    """A token; `kind` is string, number, name, symbol, or end."""

    kind: str
    text: str


def path_error(path: str, reason: str) -> IamsqlError:
    """Return the error for a path."""
    return IamsqlError(f"The JSON path '{path}' cannot be used: {reason}.")


def json_number(number: str) -> str:
    """Return a number of a path in the syntax of JSON, with digits on both sides of the decimal point."""
    integer, point, fraction = number.partition(".")
    return number if not point else f"{integer or '0'}.{fraction if fraction[:1].isdigit() else '0' + fraction}"


def json_pointer(key: str) -> str:
    """Return the JSON pointer of a key."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


class Cursor:
    """A position in the tokens of a path."""

    def __init__(self, path: str) -> None:
        tokens = [Token(str(found.lastgroup), found[0]) for found in _TOKEN.finditer(path)]
        self.path, self.tokens, self.position = path, [token for token in tokens if token.kind != "blank"], 0

    def _peek(self, ahead: int = 0) -> Token:
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else Token("end", "")

    def _next(self) -> Token:
        token = self._peek()
        self.position += 1
        return token

    def _accept(self, *texts: str) -> str:
        """Consume the next token if it has one of the texts; return its text, else ''."""
        # No symbol or name has the text of a string, which includes the quotes.
        return self._next().text if self._peek().text in texts else ""

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            raise path_error(self.path, f"'{symbol}' is missing")

    def _string(self) -> str:
        if self._peek().kind != "string":
            raise path_error(self.path, "a string in double quotes is missing")
        return str(json.loads(self._next().text, strict=False))

    def _level(self) -> tuple[int, bool]:
        """Return a level of `.**{}`, and whether it is the last level."""
        if self._accept("last"):
            return 1, True  # a document without children is not selected: PostgreSQL counts leaves from level 1
        if not self._peek().text.isdigit():
            raise path_error(self.path, "a level is an integer, or last")
        return int(self._next().text), False
