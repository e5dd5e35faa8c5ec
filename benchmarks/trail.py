"""CloudTrail events: import of log files, a trail in S3, look-ups, and detections and key_history over a million events."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from benchmarks import trail_files
from benchmarks.aws_process import fake_aws
from benchmarks.measurement import Measurement, at_most
from benchmarks.processes import fresh_home
from benchmarks.sync import LOOKUPS
from benchmarks.syncs import sync_once, sync_seconds
from iamsql.check.detections import run_detections, select_detections
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import LEVELS, load_catalog
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.sync.cloudtrail.load import LogLoader
from tests.fake_aws import FakeAws, Faults

EVENTS_PER_FILE = 200
SMALL, MILLION, LARGE = 1_500, 5_000, 25_000  # log files on disk
# Log files in S3, events per file, and the target. A few dozen events per file are usual for accounts with few calls, and the
# requests take most of the time; with large files, DuckDB does, and there is no target.
TRAILS = ((6_000, 50, 0.8), (1_500, 200, None))
KEY = "ASIA0000000100000007"
NAMES = tuple(f"Name{number}" for number in range(35))
EVENTS_ONLY = {"tables": ("aws_cloudtrail_event",)}
READ = (
    "import sys, time, duckdb; start = time.perf_counter(); con = duckdb.connect(sys.argv[2]); "
    "con.execute('set enable_progress_bar = false'); "
    "con.execute(f\"create table t as select unnest(Records) as r from read_json('{sys.argv[1]}/*.gz')\"); "
    "con.close(); print(time.perf_counter() - start)"
)
IMPORT = (
    "import sys, time, resource; from pathlib import Path; from iamsql.sync.importer.write import import_files; "
    "start = time.perf_counter(); "
    "import_files([Path(sys.argv[1])], None, Path(sys.argv[2])); "
    "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
)


def measure() -> Iterator[Measurement]:
    """Run the four measurements, with generated log files."""
    yield from import_log_files()
    yield from read_trails()
    yield from lookup_events()
    yield from query_events()


def import_log_files() -> Iterator[Measurement]:
    """Compare an import with read_json into a table, the best of two each, and measure the memory of a large import."""
    for files in (SMALL, MILLION):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "source"
            source.mkdir()
            trail_files.write(source, files, EVENTS_PER_FILE)
            read_json = min(_run(READ, source, Path(folder) / f"{turn}.duckdb")[0] for turn in range(2))
            iamsql = min(_run(IMPORT, source, Path(folder) / f"runs-{turn}")[0] for turn in range(2))
        name = f"import of {files * EVENTS_PER_FILE:,} events in {files:,} log files, typed tables and macros included"
        ratio = read_json / iamsql
        yield Measurement(
            name, f"{iamsql:.1f} s", f"{read_json:.1f} s by read_json", f"{ratio:.2f}×", "at least 0.7×", ratio >= 0.7
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        trail_files.write(source, LARGE, EVENTS_PER_FILE)
        seconds, peak = _run(IMPORT, source, Path(folder) / "runs")
        name = f"peak memory, import of {LARGE * EVENTS_PER_FILE:,} events"
        yield Measurement(
            name, f"{peak:,.0f} MiB", f"{seconds:.0f} s", f"{peak / 1024:.2f}", "under 1 GiB", peak < 1024
        )


def _run(code: str, source: Path, target: Path) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", code, str(source), str(target)], check=True, capture_output=True, text=True
    )
    return [float(figure) for figure in done.stdout.split()]


def read_trails() -> Iterator[Measurement]:
    """Read 300,000 events of a trail from S3 at 20 ms a request, compared with the requests alone."""
    for files, events, target in TRAILS:
        requests_alone, seconds = (min(_read_s3(files, events, only) for _ in range(2)) for only in (True, False))
        name = f"trail of {files:,} log files of {events} events from S3, 20 ms a request"
        ratio = requests_alone / seconds
        goal = ("", None) if target is None else (f"at least {target}×", ratio >= target)
        reference = f"{requests_alone:.1f} s for the requests"
        yield Measurement(name, f"{seconds:.1f} s", reference, f"{ratio:.2f}×", *goal)


def _read_s3(files: int, events: int, fetch_only: bool) -> float:
    aws = FakeAws(accounts=20, users_per_account=1, trail=(files, events), faults=Faults(latency=0.02))
    options = {"trail": "auto", "events": ("none",), "demo": True, **EVENTS_ONLY}
    if not fetch_only:
        return sync_seconds(aws, **options)
    with patch.object(LogLoader, "load", lambda _self, files: ({file.key: 0 for file in files}, [])):
        return sync_seconds(aws, **options)


def lookup_events() -> Iterator[Measurement]:
    """Look up 35 event names in each of 20 accounts, compared with the minimum of the limit of two requests a second."""
    names = [word for name in NAMES for word in ("--event", name)]
    options = ("--region", "us-east-1", "--table", "aws_cloudtrail_event", *names)
    with fake_aws(20, 1, limits=LOOKUPS) as aws, fresh_home() as home:
        done = sync_once(aws, home, home / "runs", *options)
    ratio, minimum = done.cost.wall / done.traffic.minimum, f"{done.traffic.minimum:.1f} s at 2 a second (burst 2)"
    throttled = f"{done.traffic.throttled} of {done.traffic.calls} calls throttled"
    name = f"look-ups of {len(NAMES)} names in 20 accounts, {throttled}"
    yield Measurement(name, f"{done.cost.wall:.1f} s", minimum, f"{ratio:.2f}×", *at_most(ratio, 1.15, "×"))


def query_events() -> Iterator[Measurement]:
    """Run all detections, and key_history, over a million events."""
    with tempfile.TemporaryDirectory() as folder:
        source, runs = Path(folder) / "source", Path(folder) / "runs"
        source.mkdir()
        trail_files.write(source, MILLION, EVENTS_PER_FILE)
        _run(IMPORT, source, runs)
        start = time.perf_counter()
        chosen = select_detections((), load_catalog(), LEVELS[-1])
        results = run_detections(chosen, Evaluation("latest", runs))
        seconds = time.perf_counter() - start
        name = f"all detections over {MILLION * EVENTS_PER_FILE:,} events"
        findings = f"{len(results.findings.rows):,} findings"
        yield Measurement(name, f"{seconds:.1f} s", findings, "", "under 10 s", seconds < 10 and not results.failures)
        start = time.perf_counter()
        answer = run_query("key_history", {"access_key_id": KEY}, QueryRequest("latest", runs))
        seconds = time.perf_counter() - start
        rows = f"{len(answer.result.rows)} row"
        yield Measurement(
            "`key_history`, the same events", f"{seconds * 1000:.0f} ms", rows, "", "under 500 ms", seconds < 0.5
        )
