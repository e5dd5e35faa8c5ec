"""Regular expressions: DuckDB's are RE2, Sail's Rust's, and Apache Spark's Java's."""

from __future__ import annotations

from iamsql.lake.engines.spark.errors import Untranslatable

SPECIAL = frozenset("\\.[]{}()*+-?^$|#&~")  # characters that an escape makes literal in each of them
# RE2 matches these classes in ASCII only, and the others in all of Unicode.
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\\t\\n\\f\\r "}
_SAME = set(".[]{}()*+?^$|\\/-\"'_:@,;=<>!%&#~` ")  # characters that an escape makes literal


def regex(pattern: str) -> str:
    """Return a pattern that means the same to RE2, Rust and Java; raise Untranslatable if it cannot be written so."""
    out, position, in_class = [], 0, False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
            out.append(_write_escape(pattern[position : position + 1], in_class))
        elif in_class:
            if character in "[&~" or (character == "-" and pattern[position + 1 : position + 2] == "-"):
                out.append("\\" + character)
            else:
                in_class = character != "]" or out[-1] in ("[", "[^")
                out.append(character)
        elif character == "[":
            in_class = True
            out.append("[^" if pattern[position + 1 : position + 2] == "^" else "[")
            position += out[-1] == "[^"
        elif character == ".":
            out.append("[^\\n]")
        elif character == "$":
            out.append("\\z")
        elif (
            character == "("
            and pattern[position + 1 : position + 2] == "?"
            and pattern[position + 2 : position + 4] not in _GROUPS
        ):
            if pattern[position + 2 : position + 3] != ":":
                raise Untranslatable("a regular expression has a group that is not known to mean the same")
            out.append("(")
        else:
            out.append(character)
        position += 1
    return "".join(out)


_GROUPS = ("i)",)


def _write_escape(character: str, in_class: bool) -> str:
    if character in _CLASSES:
        return _CLASSES[character] if in_class else f"[{_CLASSES[character]}]"
    if character.lower() in _CLASSES and character and not in_class:
        return f"[^{_CLASSES[character.lower()]}]"
    if character in ("t", "n", "r", "f"):
        return "\\" + character
    if character in _SAME and character:
        return "\\" + character if not character.isspace() and character not in "\"'_:@,;=<>!%`/" else character
    raise Untranslatable(f"a regular expression has the escape \\{character}")
