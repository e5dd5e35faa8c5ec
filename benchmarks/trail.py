"""CloudTrail events: log files from disk and from S3, look-ups at their pace, detections and key_history over a million."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from benchmarks import trail_files
from benchmarks.rooms import calls_of, collect, refused_by
from benchmarks.rows import Row
from iamsql.cloudtrail.load import LogLoader
from tests.fake_aws import FakeAws, Faults

EVENTS_A_FILE = 200
SMALL, MILLION, LARGE = 1_500, 5_000, 25_000  # log files on disk
DELIVERED = ((6_000, 50), (1_500, 200))  # log files in S3, and events in each
KEY = "ASIA0000000100000007"
NAMES = tuple(f"Name{place}" for place in range(35))
EVENTS_ONLY = {"tables": ("aws_cloudtrail_event",)}
READ = (
    "import sys, time, duckdb; begun = time.perf_counter(); con = duckdb.connect(sys.argv[2]); "
    "con.execute('set enable_progress_bar = false'); "
    "con.execute(f\"create table t as select unnest(Records) as r from read_json('{sys.argv[1]}/*.gz')\"); "
    "con.close(); print(time.perf_counter() - begun)"
)
BRING = (
    "import sys, time, resource; from pathlib import Path; from iamsql.importer.run import import_files; "
    "begun = time.perf_counter(); "
    "import_files([Path(sys.argv[1])], None, Path(sys.argv[2])); "
    "print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
)


def measure() -> Iterator[Row]:
    """Measure each in turn; files are made for it and thrown away."""
    yield from from_disk()
    yield from from_s3()
    yield from looked_up()
    yield from asked()


def from_disk() -> Iterator[Row]:
    """Import log files against DuckDB's own reading of the same files into a table, the best of two each; then five million."""
    for files in (SMALL, MILLION):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "source"
            source.mkdir()
            trail_files.write(source, files, EVENTS_A_FILE)
            theirs = min(_run(READ, source, Path(folder) / f"{turn}.duckdb")[0] for turn in range(2))
            ours = min(_run(BRING, source, Path(folder) / f"runs-{turn}")[0] for turn in range(2))
        what = f"import of {files * EVENTS_A_FILE:,} events in {files:,} log files, typed tables and macros included"
        ratio = theirs / ours
        yield Row(what, f"{ours:.1f} s", f"{theirs:.1f} s by read_json", f"{ratio:.2f}×", "≥ 0.7×", ratio >= 0.7)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        trail_files.write(source, LARGE, EVENTS_A_FILE)
        seconds, peak = _run(BRING, source, Path(folder) / "runs")
        what = f"peak memory, import of {LARGE * EVENTS_A_FILE:,} events"
        yield Row(what, f"{peak:,.0f} MiB", f"{seconds:.0f} s", f"{peak / 1024:.2f}", "< 1 GiB", peak < 1024)


def _run(code: str, source: Path, target: Path) -> list[float]:
    told = subprocess.run(
        [sys.executable, "-c", code, str(source), str(target)], check=True, capture_output=True, text=True
    )
    return [float(word) for word in told.stdout.split()]


def from_s3() -> Iterator[Row]:
    """Read 300,000 events of a trail through the room's S3 at 20 ms a request, against the same without DuckDB's part.

    Log files of quiet accounts hold a few dozen events: there the requests are the work. Large ones are DuckDB's work.
    """
    for files, events, aim in (*((*one, 0.8) for one in DELIVERED[:1]), *((*one, None) for one in DELIVERED[1:])):
        alone, whole = (min(_read_s3(files, events, only) for _ in range(2)) for only in (True, False))
        what = f"trail of {files:,} log files of {events} events from S3, 20 ms a request"
        ratio = alone / whole
        holds = None if aim is None else ratio >= aim
        against = f"{alone:.1f} s to fetch alone"
        yield Row(what, f"{whole:.1f} s", against, f"{ratio:.2f}×", "" if aim is None else f"≥ {aim}×", holds)


def _read_s3(files: int, events: int, fetch_only: bool) -> float:
    room = FakeAws(accounts=20, users_per_account=1, trail=(files, events), faults=Faults(latency=0.02))
    wanted = {"trail": "auto", "events": ("none",), "demo": True, **EVENTS_ONLY}
    if not fetch_only:
        return collect(room, **wanted)
    with patch.object(LogLoader, "load", lambda _self, some: ({one.key: 0 for one in some}, [])):
        return collect(room, **wanted)


def looked_up() -> Iterator[Row]:
    """Look up 35 names in each of 20 accounts, against two requests a second."""
    room = FakeAws(accounts=20, users_per_account=1, faults=Faults(latency=0.03, lookup_rate=2))
    seconds = collect(room, events=NAMES, regions=("us-east-1",), **EVENTS_ONLY)
    ratio = seconds / (len(NAMES) / 2)
    what = f"look-ups of {len(NAMES)} names in 20 accounts, {refused_by(room)} of {calls_of(room)} calls throttled"
    yield Row(
        what, f"{seconds:.1f} s", f"{len(NAMES) / 2:.1f} s at 2 a second", f"{ratio:.2f}×", "≤ 1.15×", ratio <= 1.15
    )


def asked() -> Iterator[Row]:
    """Run every detection, and key_history, over a million events."""
    from iamsql.check import Limits, check
    from iamsql.query.run import run_query

    with tempfile.TemporaryDirectory() as folder:
        source, runs = Path(folder) / "source", Path(folder) / "runs"
        source.mkdir()
        trail_files.write(source, MILLION, EVENTS_A_FILE)
        _run(BRING, source, runs)
        begun = time.perf_counter()
        verdict = check(["detections"], args={}, limits=Limits(), run="latest", runs_dir=runs)
        seconds = time.perf_counter() - begun
        what = f"all detections over {MILLION * EVENTS_A_FILE:,} events"
        found = f"{len(verdict.answer.result.rows):,} findings"
        yield Row(what, f"{seconds:.1f} s", found, "", "< 10 s", seconds < 10 and not verdict.failures)
        begun = time.perf_counter()
        answer = run_query("key_history", args={"key": KEY}, run="latest", runs_dir=runs)
        seconds = time.perf_counter() - begun
        rows = f"{len(answer.result.rows)} row"
        yield Row("`key_history`, the same events", f"{seconds * 1000:.0f} ms", rows, "", "< 500 ms", seconds < 0.5)
