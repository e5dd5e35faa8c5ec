"""Write HCL, the language of Terraform and Powerpipe: blocks of attributes and nested blocks, from data.

A string may contain interpolations, ${…}; `escape_interpolations` escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NAME_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
STRING_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Expression(str):
    """An expression, such as a reference to a resource: it is written as it is."""


@dataclass(frozen=True)
class JsonEncoded:
    """A value that Terraform encodes as JSON text."""

    value: Any


@dataclass(frozen=True)
class Block:
    """A block: its type, its labels, its attributes and its nested blocks."""

    block_type: str
    labels: Sequence[str] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[Block] = ()


def escape_interpolations(text: str) -> str:
    """Return text with its interpolations escaped."""
    return text.replace("${", "$${").replace("%{", "%%{")


def write_blocks(blocks: Sequence[Block]) -> str:
    """Return blocks as the text of a file."""
    return "\n".join("".join(f"{line}\n" for line in _block_lines(block, "")) for block in blocks)


def _block_lines(block: Block, indent: str) -> Iterator[str]:
    header = " ".join([block.block_type, *(f'"{label}"' for label in block.labels)])
    if not block.attributes and not block.blocks:
        yield f"{indent}{header} {{}}"
        return
    yield f"{indent}{header} {{"
    inner = f"{indent}  "
    yield from _member_lines(block.attributes, inner)
    for number, nested in enumerate(block.blocks):
        if number or block.attributes:
            yield ""
        yield from _block_lines(nested, inner)
    yield f"{indent}}}"


def _member_lines(members: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Yield NAME = VALUE lines; the equals signs of consecutive lines are aligned, as `terraform fmt` does."""
    rendered_members = [(_quote_key(name), _value_text(value, indent)) for name, value in members.items()]
    for start, (name, text) in enumerate(rendered_members):
        width = len(name) if "\n" in text else max(len(key) for key in _aligned_run(rendered_members, start))
        yield f"{indent}{name.ljust(width)} = {text}"


def _aligned_run(rendered_members: Sequence[tuple[str, str]], index: int) -> list[str]:
    """Return the names of the consecutive lines around one that have values of one line."""
    first_index = last_index = index
    while first_index and "\n" not in rendered_members[first_index - 1][1]:
        first_index -= 1
    while last_index + 1 < len(rendered_members) and "\n" not in rendered_members[last_index + 1][1]:
        last_index += 1
    return [name for name, _ in rendered_members[first_index : last_index + 1]]


def _quote_key(name: str) -> str:
    return name if NAME_PATTERN.fullmatch(name) else f'"{name.translate(STRING_ESCAPES)}"'


def _value_text(value: Any, indent: str) -> str:
    if isinstance(value, Expression):
        return value
    if isinstance(value, JsonEncoded):
        return f"jsonencode({_value_text(value.value, indent)})"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str):
        return f'"{value.translate(STRING_ESCAPES)}"'
    if isinstance(value, dict):
        return _object_text(value, indent)
    if isinstance(value, list):
        return _list_text(value, indent)
    return str(value)


def _object_text(value: Mapping[str, Any], indent: str) -> str:
    if not value:
        return "{}"
    return "\n".join(["{", *_member_lines(value, f"{indent}  "), f"{indent}}}"])


def _list_text(values: Sequence[Any], indent: str) -> str:
    inner = f"{indent}  "
    texts = [_value_text(value, inner) for value in values]
    line = f"[{', '.join(texts)}]"
    if len(line) <= 100 and "\n" not in line:
        return line
    return "\n".join(["[", *(f"{inner}{text}," for text in texts), f"{indent}]"])
