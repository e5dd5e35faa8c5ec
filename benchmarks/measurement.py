"""A measurement is a row of the table that `make bench` prints, and of the tables in the documentation."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Measurement:
    """A figure of iamsql, the figure that it is compared with, and whether it meets the target (None: no target)."""

    name: str
    iamsql: str
    reference: str = ""
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None


def at_least(value: float, target: float, unit: str = "") -> tuple[str, bool]:
    """Return a target for a value that must not be less, and whether the value meets it."""
    return f"at least {target:,g}{unit}", value >= target


def at_most(value: float, target: float, unit: str = "") -> tuple[str, bool]:
    """Return a target for a value that must not be more, and whether the value meets it."""
    return f"at most {target:,g}{unit}", value <= target


def below(value: float, target: float, unit: str = "", percent: bool = False) -> tuple[str, bool]:
    """Return a target that a value must stay under, and whether it does."""
    return f"under {target * 100:g} %" if percent else f"under {target:,g}{unit}", value < target


def markdown(measurements: Iterable[Measurement]) -> str:
    """Return the measurements as a Markdown table."""
    lines = ["| measured | iamsql | compared with | ratio | target | met |", "| --- | --- | --- | --- | --- | --- |"]
    for row in measurements:
        met = {True: "yes", False: "**no**", None: ""}[row.is_met]
        lines.append(f"| {row.name} | {row.iamsql} | {row.reference} | {row.ratio} | {row.target} | {met} |")
    return "\n".join(lines)


def missed(measurements: Iterable[Measurement]) -> str:
    """Return a sentence that lists the measurements that miss their targets; '' if there are none."""
    names = [f"- {row.name}: {row.ratio or row.iamsql}, {row.target}" for row in measurements if row.is_met is False]
    heading = "1 target is missed:" if len(names) == 1 else f"{len(names)} targets are missed:"
    return "\n".join([heading, *names]) if names else ""


def machine() -> str:
    """Return a description of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = f"Python {platform.python_version()}, DuckDB {metadata.version('duckdb')}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {versions}"


def save(group: str, measurements: Iterable[Measurement], load: float, path: Path = RESULTS) -> None:
    """Replace the measurements of a group in the file that the documentation is generated from.

    `load` is the load average before the first measurement: above 1, the machine was busy.
    """
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = [asdict(row) for row in measurements]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    results[group] = {"date": today, "machine": machine(), "load": round(load, 1), "rows": rows}
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
