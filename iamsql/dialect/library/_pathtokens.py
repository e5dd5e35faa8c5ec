"""The tokens of a JSON path."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iamsql.model import IamsqlError

TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[$]?"?[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|'
    r"(?P<mark>==|!=|<>|<=|>=|&&|\|\||\*\*|[$@.*?()\[\],!<>+\-/%]))",
    re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A token: string, number, name or mark, and its text."""

    kind: str
    text: str


def tokens(path: str) -> list[Token]:
    """Cut a path into tokens."""
    found, at = [], 0
    while path[at:].strip():
        token = TOKEN.match(path, at)
        if not token or token.lastgroup is None:
            raise wrong(path, f"near '{path[at : at + 20].strip()}'")
        found.append(Token(token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def wrong(path: str, why: str) -> IamsqlError:
    """Make the error that names the path."""
    return IamsqlError(f"The JSON path '{path}' cannot be used: {why}.")
