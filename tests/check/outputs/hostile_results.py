"""Results with a hostile name."""

from __future__ import annotations

from pathlib import Path

from tests.check.example_controls import A, make

HOSTILE = "=1+1</testcase>\"'&]]>|`x`\x1b[2J\u202e\n\ufffe"


def hostile(here: Path) -> None:
    """Give a user a hostile name."""
    quoted = HOSTILE.replace("'", "''")
    make(here, statements=(f"insert into people values ('{A}', '{quoted}', false)",))
