"""Fill in the commands that resolve a finding. iamsql prints the commands and never runs them.

A command is the text of `-- fix:` in a query file. `{user_name}` is the value of a column or parameter; `{resource:name}` is the
last part of an ARN or path. Values come from AWS, so each one is quoted for a POSIX shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

PLACEHOLDER = re.compile(r"\{(?P<column>[a-z_][a-z0-9_]*)(?P<name>:name)?\}")
_LAST_PART = re.compile(r"[^/:]*$")


def invalid_placeholder(command: str) -> str:
    """Return the first text in braces that is not a placeholder, or an unpaired brace; '' if there is none."""
    rest = PLACEHOLDER.sub("", command)
    found = re.search(r"\{[^{}]*\}|[{}]", rest)
    return found[0] if found else ""


def placeholders(commands: Sequence[str]) -> set[str]:
    """Return the columns and parameters that the commands need."""
    return {found["column"] for command in commands for found in PLACEHOLDER.finditer(command)}


def fill_in(command: str, values: Mapping[str, Any]) -> str:
    """Return the command with the values of a row; a missing value is the name of its column in capitals, to replace by hand."""

    def value_of(found: re.Match[str]) -> str:
        value = values.get(found["column"])
        if value is None or value == "":
            return found["column"].upper()
        text = str(value)
        if found["name"] and (last := _LAST_PART.search(text)):
            text = last[0]
        return quote(text)

    return PLACEHOLDER.sub(value_of, command)


def commands(fixes: Sequence[str], values: Mapping[str, Any]) -> list[str]:
    """Return the commands of a query file with the values of one row."""
    return [fill_in(fix, values) for fix in fixes]
