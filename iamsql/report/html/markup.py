"""Text of controls as markup: escaped, with parts in backticks as code."""

from __future__ import annotations

import re
from html import escape

from iamsql.escaping import printable_lines

CODE_PATTERN = re.compile(r"`([^`\n]+)`")


def prose(text: str) -> str:
    """Return text as markup; a part in backticks is a code element."""
    parts = CODE_PATTERN.split(printable_lines(text))
    return "".join(f"<code>{escape(part)}</code>" if index % 2 else escape(part) for index, part in enumerate(parts))
