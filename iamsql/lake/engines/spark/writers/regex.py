"""Regular expressions: DuckDB's are RE2, Sail's Rust's, and Apache Spark's Java's."""

from __future__ import annotations

from iamsql.lake.engines.spark.errors import UntranslatableError

SPECIAL_CHARACTERS = frozenset("\\.[]{}()*+-?^$|#&~")  # characters that an escape makes literal in each of them
# RE2 matches these classes in ASCII only, and the others in all of Unicode.
_CHARACTER_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\\t\\n\\f\\r "}
_ESCAPABLE_CHARACTERS = set(".[]{}()*+?^$|\\/-\"'_:@,;=<>!%&#~` ")  # characters that an escape makes literal


def translate_regex(pattern: str) -> str:
    """Return a pattern that means the same to RE2, Rust and Java; raise UntranslatableError if it cannot be written so."""
    translated_parts, position, in_class = [], 0, False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
            translated_parts.append(_write_escape(pattern[position : position + 1], in_class))
        elif in_class:
            if character in "[&~" or (character == "-" and pattern[position + 1 : position + 2] == "-"):
                translated_parts.append("\\" + character)
            else:
                in_class = character != "]" or translated_parts[-1] in ("[", "[^")
                translated_parts.append(character)
        elif character == "[":
            in_class = True
            translated_parts.append("[^" if pattern[position + 1 : position + 2] == "^" else "[")
            position += translated_parts[-1] == "[^"
        elif character == ".":
            translated_parts.append("[^\\n]")
        elif character == "$":
            translated_parts.append("\\z")
        elif (
            character == "("
            and pattern[position + 1 : position + 2] == "?"
            and pattern[position + 2 : position + 4] not in _SUPPORTED_GROUPS
        ):
            if pattern[position + 2 : position + 3] != ":":
                raise UntranslatableError("a regular expression has a group that is not known to mean the same")
            translated_parts.append("(")
        else:
            translated_parts.append(character)
        position += 1
    return "".join(translated_parts)


_SUPPORTED_GROUPS = ("i)",)


def _write_escape(character: str, in_class: bool) -> str:
    if character in _CHARACTER_CLASSES:
        return _CHARACTER_CLASSES[character] if in_class else f"[{_CHARACTER_CLASSES[character]}]"
    if character.lower() in _CHARACTER_CLASSES and character and not in_class:
        return f"[^{_CHARACTER_CLASSES[character.lower()]}]"
    if character in ("t", "n", "r", "f"):
        return "\\" + character
    if character in _ESCAPABLE_CHARACTERS and character:
        return "\\" + character if not character.isspace() and character not in "\"'_:@,;=<>!%`/" else character
    raise UntranslatableError(f"a regular expression has the escape \\{character}")
