"""A measurement is a row of the table that `make bench` prints."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """A figure of iamsql, the figure that it is compared with, and whether it meets the target (None: no target)."""

    name: str
    iamsql: str
    reference: str = ""
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None


def markdown(measurements: Iterable[Measurement]) -> str:
    """Return the measurements as a Markdown table."""
    lines = ["| measured | iamsql | compared with | ratio | target | met |", "|---|---|---|---|---|---|"]
    for row in measurements:
        met = {True: "yes", False: "**no**", None: ""}[row.is_met]
        lines.append(f"| {row.name} | {row.iamsql} | {row.reference} | {row.ratio} | {row.target} | {met} |")
    return "\n".join(lines)


def machine() -> str:
    """Return a description of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {platform.python_version()}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {python}"
