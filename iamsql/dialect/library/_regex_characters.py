"""The characters of PostgreSQL's regular expressions: what classes and escapes stand for, and how RE2 spells them.

Characters are sets over ASCII plus one mark for all others, which is enough to tell whether two pieces may begin alike.
"""

from __future__ import annotations

OTHERS = 128  # stands for every character beyond ASCII
ANY = frozenset(range(OTHERS + 1))
DIGIT = frozenset(b"0123456789")
ALPHA = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") | {OTHERS}
WORD = ALPHA | DIGIT | {95}
SPACE = frozenset(b"\t\n\v\f\r ") | {OTHERS}
SPACES = r"\t\n\v\f\r \x{1680}\x{2000}-\x{2006}\x{2008}-\x{200A}\x{2028}\x{2029}\x{205F}\x{3000}"
LETTERS = r"\p{L}\p{M}\p{N}_"
SHORT = {"d": ("0-9", DIGIT), "w": (LETTERS, WORD), "s": (SPACES, SPACE)}
CLASSES = {
    "alpha": (r"\p{L}\p{M}", ALPHA),
    "digit": ("0-9", DIGIT),
    "alnum": (r"\p{L}\p{M}\p{N}", WORD - {95}),
    "upper": (r"\p{Lu}", frozenset(range(65, 91)) | {OTHERS}),
    "lower": (r"\p{Ll}", frozenset(range(97, 123)) | {OTHERS}),
    "space": (SPACES, SPACE),
    "blank": (r" \t", frozenset(b" \t")),
    "xdigit": ("0-9A-Fa-f", frozenset(b"0123456789abcdefABCDEF")),
    "punct": (r"!-/:-@\[-`{-~\p{P}\p{S}", ANY - ALPHA - DIGIT - frozenset(range(33)) | {OTHERS}),
    "cntrl": (r"\x00-\x1f\x7f", frozenset(range(32)) | {127}),
    "word": (LETTERS, WORD),
}
CONTROL = {"a": 7, "b": 8, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "B": 92}
EDGES = {"A": r"\A", "Z": r"\z", "y": r"\b", "Y": r"\B", "m": "m", "M": "M"}


def code(character: str) -> int:
    """Number a character; all beyond ASCII are one."""
    return min(ord(character), OTHERS)


def spell(character: str) -> str:
    """Write a literal character for RE2, inside brackets or out."""
    if character.isalnum() or ord(character) >= OTHERS or character in " _/:,;=@#%&<>!~\"'":
        return character
    return f"\\{character}" if character.isprintable() else f"\\x{{{ord(character):x}}}"
