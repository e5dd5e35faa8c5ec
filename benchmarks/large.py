"""Checks, policy evaluation and a report over a large organization, compared with a scan of its tables."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.large_organization import Size
from benchmarks.measurement import Measurement
from benchmarks.processes import Cost, run_process
from iamsql.catalog import shipped_folder
from iamsql.runs.store.reader import open_run

SIZE = Size()
# Two roles in each account trust everyone: without groups of roles, each principal would have an edge to each of 400 roles.
OPEN_SIZE = Size(accounts=200, users=50, roles=25, open_roles=2)
DATA = f"{SIZE.accounts:,} accounts × {SIZE.users} users × {SIZE.roles} roles"
OPEN_DATA = (
    f"{OPEN_SIZE.accounts:,} accounts × {OPEN_SIZE.users} users × {OPEN_SIZE.roles} roles, two of which trust everyone"
)
ACTION = "s3:GetObject"
ESCALATION = "select verdict, count(*) from escalation_paths() group by verdict"
REPORT = "select count(*), max(risk_score), max(unknowns) from audit_report()"


@dataclass(frozen=True)
class Command:
    """A command of iamsql, with its targets in seconds and MiB."""

    name: str
    arguments: tuple[str, ...]
    seconds: int | None = None
    memory: int | None = None
    exit_codes: tuple[int, ...] = (0,)


OPEN_COMMAND = Command("`escalation_paths`", ("query", ESCALATION, "--output", "csv"), 10, 1024)


def commands() -> tuple[Command, ...]:
    """Return the measured commands."""
    names = sorted(path.stem for path in (shipped_folder() / "benchmarks").glob("*.toml"))
    return (
        # Alarms end `check` with exit code 1.
        Command("all benchmarks", ("check", *names, "--output", "brief"), 60, 2048, (0, 1)),
        Command(f"`who_can` {ACTION}", ("query", "who_can", "--arg", f"action={ACTION}", "--output", "csv")),
        Command("`escalation_paths`", ("query", ESCALATION, "--output", "csv"), 60, 3072),
        Command("`audit_report`", ("query", REPORT, "--output", "csv"), 5),
    )


def measure() -> Iterator[Measurement]:
    """Build the run files, and run each command in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.duckdb"
        figures = build_in_process(path, SIZE)
        peak = figures["peak"] / 2**20
        times = f"{figures['write']:.0f} s writing, {figures['tables']:.0f} s for the tables"
        size = f"{figures['size'] / 2**20:,.0f} MiB file, {times}"
        yield Measurement(
            f"peak memory, {DATA}", f"{peak:,.0f} MiB", size, f"{peak / 1024:.2f}", "under 1 GiB", peak < 1024
        )
        yield from run_commands(path, commands(), DATA)
        open_path = Path(folder) / "open.duckdb"
        build_in_process(open_path, OPEN_SIZE)
        yield from run_commands(open_path, (OPEN_COMMAND,), OPEN_DATA)


def build_in_process(path: Path, size: Size) -> dict[str, float]:
    """Build a run file in a process of its own, and return the figures of large_organization.build."""
    counts = [f"{name}={number}" for name, number in asdict(size).items()]
    line = [sys.executable, "-m", "benchmarks.large_organization", str(path), *counts]
    figures: dict[str, float] = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    return figures


def run_commands(path: Path, measured: Sequence[Command], data: str) -> Iterator[Measurement]:
    """Run each command over a run file."""
    scan_seconds, rows = scan(path)
    for command in measured:
        cost = run_process([sys.executable, "-m", "iamsql", *command.arguments, "--run", str(path)])
        yield from compare(command, cost, scan_seconds, f"{scan_seconds:.1f} s to read all {rows:,} rows", data)


def compare(command: Command, cost: Cost, scan_seconds: float, reference: str, data: str) -> Iterator[Measurement]:
    """Compare the time and the memory of a command with the scan and with the targets."""
    name = f"{command.name}, {data}"
    target = f"under {command.seconds} s" if command.seconds else ""
    if cost.exit_code not in command.exit_codes:
        yield Measurement(name, f"failed with exit code {cost.exit_code}", reference, "", target, False)
        return
    is_met = cost.wall < command.seconds if command.seconds else None
    figures = f"{cost.wall:.1f} s, {cost.memory:,.0f} MiB"
    yield Measurement(name, figures, reference, f"{cost.wall / scan_seconds:.1f}×", target, is_met)
    if command.memory:
        ratio, memory_target = f"{cost.memory / command.memory:.2f}", f"under {command.memory // 1024} GiB"
        memory = f"{cost.memory:,.0f} MiB"
        is_met = cost.memory < command.memory
        yield Measurement(f"{name}: peak memory", memory, "", ratio, memory_target, is_met)


def scan(path: Path) -> tuple[float, int]:
    """Read each cell of the typed tables, and return the seconds and the number of rows."""
    reader = open_run(path)
    start = time.perf_counter()
    tables = [name for (name,) in reader.run("select table_name from duckdb_tables() where schema_name = 'main'").rows]
    rows = sum(reader.run(f'select count(*), bit_xor(hash(t)) from "{name}" t').rows[0][0] for name in tables)
    reader.close()
    return time.perf_counter() - start, rows
