"""A large organization's permissions: every benchmark checked, a question asked and a report made, beside a plain scan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.estate import Size
from benchmarks.rows import Row
from iamsql.catalog import shipped_folder

IAMSQL = [sys.executable, "-m", "iamsql"]
SIZE = Size()
WHO = f"{SIZE.accounts:,} accounts × {SIZE.users} users × {SIZE.roles} roles"
CHECK_SECONDS, CHECK_MEMORY = 60, 2048
ACTION = "s3:GetObject"
ESCALATION = "select verdict, count(*) from escalation_paths() group by verdict"
ESCALATION_SECONDS, ESCALATION_MEMORY = 60, 3072
REPORT, REPORT_SECONDS = "select count(*), max(risk_score), max(unknowns) from audit_report()", 5


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds from start to end, MiB at its peak, and how it ended."""

    seconds: float
    memory: float
    code: int


def measure() -> Iterator[Row]:
    """Build the file in a process of its own, then put the questions to it, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.duckdb"
        command = [sys.executable, "-m", "benchmarks.estate", str(path)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        peak = told["peak"] / 2**20
        size = f"{told['size'] / 2**20:,.0f} MiB file, {told['land']:.0f} s landing, {told['shape']:.0f} s shaping"
        yield Row(f"peak memory, {WHO}", f"{peak:,.0f} MiB", size, f"{peak / 1024:.2f}", "< 1 GiB", peak < 1024)
        plain, cells = scan(path)
        against = f"{plain:.1f} s to read all {cells:,} rows"
        check = [*IAMSQL, "check", *benchmarks(), "--run", str(path), "--output", "brief"]
        yield from checked(spent(check), plain, against)
        asked = spent([*IAMSQL, "query", "who_can", "--arg", f"action={ACTION}", "--run", str(path), "--output", "csv"])
        yield _row(f"`who_can` {ACTION}, {WHO}", asked, plain, against, "", (0,))
        paths = spent([*IAMSQL, "query", ESCALATION, "--run", str(path), "--output", "csv"])
        yield from escalation(paths, plain, against)
        report = spent([*IAMSQL, "query", REPORT, "--run", str(path), "--output", "csv"])
        holds = report.seconds < REPORT_SECONDS
        yield _row(f"`audit_report`, {WHO}", report, plain, against, f"< {REPORT_SECONDS} s", (0,), holds)


def escalation(one: Spent, plain: float, against: str) -> Iterator[Row]:
    """Compare the escalation paths of everybody with their two aims."""
    what = f"`escalation_paths`, {WHO}"
    yield _row(what, one, plain, against, f"< {ESCALATION_SECONDS} s", (0,), one.seconds < ESCALATION_SECONDS)
    memory, holds = f"{one.memory:,.0f} MiB", one.code == 0 and one.memory < ESCALATION_MEMORY
    yield Row(f"{what}: peak memory", memory, "", f"{one.memory / ESCALATION_MEMORY:.2f}", "< 3 GiB", holds)


def benchmarks() -> list[str]:
    """Name every benchmark that is shipped."""
    return sorted(path.stem for path in (shipped_folder() / "benchmarks").glob("*.toml"))


def checked(one: Spent, plain: float, against: str) -> Iterator[Row]:
    """Hold the check against its two aims; alarms, which end it with 1, are expected."""
    what = f"every benchmark checked, {WHO}"
    aim = f"< {CHECK_SECONDS} s"
    yield _row(what, one, plain, against, aim, (0, 1), one.seconds < CHECK_SECONDS)
    memory = f"{one.memory:,.0f} MiB"
    holds = one.code in (0, 1) and one.memory < CHECK_MEMORY
    yield Row(f"{what}: peak memory", memory, "", f"{one.memory / CHECK_MEMORY:.2f}", "< 2 GiB", holds)


def _row(
    what: str, one: Spent, plain: float, against: str, aim: str, fine: tuple[int, ...], holds: bool | None = None
) -> Row:
    """Tell of a process; one that ended otherwise than it should holds nothing."""
    if one.code not in fine:
        return Row(what, f"failed with exit code {one.code}", against, "", aim, False)
    return Row(what, f"{one.seconds:.1f} s, {one.memory:,.0f} MiB", against, f"{one.seconds / plain:.1f}×", aim, holds)


def spent(command: list[str]) -> Spent:
    """Run a process to its end, what it prints thrown away, and tell what it took."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    memory = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Spent(time.perf_counter() - begun, memory, process.returncode)


def scan(path: Path) -> tuple[float, int]:
    """Read every cell of the tables that permissions stand on: seconds and rows."""
    from iamsql.store.reader import open_run

    reader = open_run(path)
    begun = time.perf_counter()
    tables = [name for (name,) in reader.run("select table_name from duckdb_tables() where schema_name = 'main'").rows]
    rows = sum(reader.run(f'select count(*), bit_xor(hash(t)) from "{name}" t').rows[0][0] for name in tables)
    reader.close()
    return time.perf_counter() - begun, rows
