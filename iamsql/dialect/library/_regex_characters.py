"""The characters of PostgreSQL's regular expressions: the classes and escapes, and their spelling for RE2.

A set of characters holds ASCII codes and one code for all other characters, which is enough to tell whether two parts of a
pattern can begin with the same character.
"""

from __future__ import annotations

from typing import NamedTuple


class CharacterClass(NamedTuple):
    """A class: its spelling inside of the brackets of RE2, and its characters."""

    body: str
    characters: frozenset[int]


NON_ASCII = 128
ANY = frozenset(range(NON_ASCII + 1))
_DIGIT = frozenset(b"0123456789")
_ALPHA = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") | {NON_ASCII}
_UNDERSCORE = ord("_")
# \s of RE2 is ASCII only; PostgreSQL's includes these characters, and no no-break spaces.
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
    """Return the code of a character; all beyond ASCII have the same one."""
    return min(ord(character), NON_ASCII)


def escape(character: str) -> str:
    """Return a literal character for RE2, inside or outside of brackets."""
    if character.isalnum() or ord(character) >= NON_ASCII or character in " _/:,;=@#%&<>!~\"'":
        return character
    return f"\\{character}" if character.isprintable() else f"\\x{{{ord(character):x}}}"
