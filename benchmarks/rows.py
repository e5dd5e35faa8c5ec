"""A measurement is a row, with what it is held against; the rows of a run make one table."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One thing measured: `ratio` is what the aim speaks of, `holds` whether the aim is met (None: there is none)."""

    what: str
    ours: str
    against: str = ""
    ratio: str = ""
    aim: str = ""
    holds: bool | None = None


def markdown(rows: Iterable[Row]) -> str:
    """Write the rows as a markdown table."""
    lines = ["| measured | iamsql | held against | ratio | aim | holds |", "|---|---|---|---|---|---|"]
    for row in rows:
        holds = {True: "yes", False: "**no**", None: ""}[row.holds]
        lines.append(f"| {row.what} | {row.ours} | {row.against} | {row.ratio} | {row.aim} | {holds} |")
    return "\n".join(lines)


def machine() -> str:
    """Say what the figures were taken on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {platform.python_version()}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {python}"
