"""Fill in the commands that resolve a finding. iamsql prints the commands and never runs them.

A command is the text of `-- remediation:` in a query file. `{user_name}` is the value of a column or parameter; `{resource:name}`
is the last part of an ARN or path; `{partition}` is the partition of the resource. Names in AWS are hostile: a value stays one word
of a POSIX shell, and never becomes an option.
The page fills in the same commands in JavaScript; tests/catalog/remediation_cases.json has the cases that both must pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

# With the option before it, because the AWS CLI accepts a value such as -x only as --option=-x.
PLACEHOLDER_PATTERN = re.compile(r"(?P<before>--[a-z][a-z0-9-]* | )?\{(?P<column>[a-z_][a-z0-9_]*)(?P<name>:name)?\}")
_QUOTED_TEXT_PATTERN = re.compile(r"'[^']*'|\"[^\"]*\"")
_BRACES_PATTERN = re.compile(r"\{[^{}]*\}|[{}]")
# A word that starts with = or ~ is quoted, because zsh and bash expand it.
_UNQUOTED_WORD_PATTERN = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*")
PARTITION_PLACEHOLDER = "partition"  # the placeholder that needs no column: the partition of the ARN in RESOURCE
_RESOURCE_COLUMN = "resource"
_ARN_PARTITION_PATTERN = re.compile(r"arn:(?P<partition>aws[a-z-]*):")
# Values that a command cannot contain: control and format characters, which a terminal interprets when the command is pasted,
# and what the AWS CLI replaces by the contents of a file or a URL.
_REFUSED_VALUE_PATTERN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|^(?:file|fileb|http|https)://", re.IGNORECASE
)


def command_problem(command: str) -> str:
    """Return why a command of a query file is invalid; '' for a valid command."""
    if match := _BRACES_PATTERN.search(PLACEHOLDER_PATTERN.sub("", command)):
        return f"{match[0]} is not a placeholder (use {{column}}, {{column:name}}, {{account_id}} …)"
    quoted_texts = () if is_comment(command) else _QUOTED_TEXT_PATTERN.findall(command)
    if wrong_text := next((text for text in quoted_texts if PLACEHOLDER_PATTERN.search(text)), ""):
        return f"{wrong_text} has a placeholder between quotes (remove the quotes; each value is quoted when it is filled in)"
    return ""


def is_comment(command: str) -> bool:
    """Return whether a line is an instruction in words, which a shell ignores."""
    return command.startswith("#")


def placeholders(commands: Sequence[str]) -> set[str]:
    """Return the columns and parameters that the commands need."""
    return {match["column"] for command in commands for match in PLACEHOLDER_PATTERN.finditer(command)}


def fill_in(command: str, values: Mapping[str, Any]) -> str:
    """Return the command with the values of a row.

    The name of the column in capitals, to replace by hand, takes the place of a value that is missing or that a command cannot
    contain.
    """

    def value_of(match: re.Match[str]) -> str:
        before, text = match["before"] or "", _value_text(_column_value(values, match["column"]), bool(match["name"]))
        if not text or _REFUSED_VALUE_PATTERN.search(text) or (before == " " and text.startswith("-")):
            return before + match["column"].upper()
        if before and text.startswith("-"):
            before = before.rstrip() + "="
        return before + _shell_quote(text)

    return PLACEHOLDER_PATTERN.sub(value_of, command)


def commands(fixes: Sequence[str], values: Mapping[str, Any]) -> list[str]:
    """Return the commands of a query file with the values of one row."""
    return [fill_in(fix, values) for fix in fixes]


def _column_value(values: Mapping[str, Any], column: str) -> Any:
    """Return the value of a column; for PARTITION_PLACEHOLDER without a column of that name, the partition of the resource."""
    if column != PARTITION_PLACEHOLDER or values.get(column) is not None:
        return values.get(column)
    arn = _ARN_PARTITION_PATTERN.match(str(values.get(_RESOURCE_COLUMN)))
    return arn["partition"] if arn else None


def _value_text(value: Any, is_last_part: bool) -> str:
    """Return a value as text, '' for None, or the part of the text after the last / or colon."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return re.split("[/:]", text)[-1] if is_last_part else text


def _shell_quote(text: str) -> str:
    return text if _UNQUOTED_WORD_PATTERN.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"
