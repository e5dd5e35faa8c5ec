"""A finding of the linter, and the findings as rows and as lines that editors read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from iamsql.escaping import printable
from iamsql.model import Result

COLUMNS = ("file", "line", "column", "rule", "message")
TYPES = ("VARCHAR", "BIGINT", "BIGINT", "VARCHAR", "VARCHAR")
MAX_MESSAGE_CHARACTERS = 300  # characters of a message


class Finding(NamedTuple):
    """A problem of a file. Lines and columns count from 1; a column counts characters."""

    file: str
    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        """Return `path:line:column: message [rule]`, on one line."""
        return f"{printable(self.file)}:{self.line}:{self.column}: {printable(self.message)} [{self.rule}]"


def one_line_message(text: str) -> str:
    """Return the text of an error on one line, without indentation."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= MAX_MESSAGE_CHARACTERS else f"{line[:MAX_MESSAGE_CHARACTERS]}…"


def to_result(findings: Iterable[Finding]) -> Result:
    """Return the findings as rows of COLUMNS."""
    return Result(COLUMNS, list(findings), TYPES)
