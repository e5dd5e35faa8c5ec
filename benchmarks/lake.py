"""A lake of varied events: adding runs, detections over everything and over a day, and all detections next to the run file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measurement import Measurement, at_most, below
from benchmarks.processes import Cost, fresh_home, iamsql, repeats, run
from benchmarks.varied_runs import varied_run
from iamsql.catalog import load, shipped_folder
from iamsql.runs.store.reader import open_run

MILLION, MANY = 1_000_000, 3_000_000
SECONDS, MEMORY = 20, 1_536  # of adding a run of a million events; MiB
EVERYTHING, ONE_DAY, RATIO = 2, 0.1, 1.3
# Few events, the most frequent event, and a history of all events of access keys.
DETECTIONS = ("trail_stopped", "role_assumption_burst", "access_key_from_new_network")
FOUND = (0, 1)  # exit codes of `check`: 1 is findings


@dataclass(frozen=True)
class Files:
    """The event files of a lake: their number, their bytes, and the bytes of the column with the records."""

    count: int
    size: int
    records: int


def measure() -> Iterator[Measurement]:
    """Add a run of a million events and one of three million to lakes, and query the larger lake."""
    with fresh_home() as home:
        yield from add(home, MILLION, judged=True)
        yield from add(home, MANY, judged=False)
        lake = str(home / f"lake-{MANY}")
        yield from single_detections(home, lake)
        yield from each_detection(home, lake)
        yield from all_detections(home, lake)


def add(home: Path, events: int, judged: bool) -> Iterator[Measurement]:
    """Measure `lake add` of a run, and describe the files."""
    lake = home / f"lake-{events}"
    cost = command(home, "lake", "add", str(varied_run(events)), "--lake", str(lake))
    name, files = f"`lake add`, a run of {events:,} events", event_files(lake)
    time: tuple[str, bool | None] = below(cost.wall, SECONDS, " s") if judged else ("", None)
    memory: tuple[str, bool | None] = below(cost.memory, MEMORY, " MiB") if judged else ("", None)
    yield Measurement(name, f"{cost.wall:.1f} s", f"{cost.cpu:.1f} s CPU", "", *time)
    yield Measurement(f"{name}: peak memory", f"{cost.memory:,.0f} MiB", "", "", *memory)
    bytes_an_event = f"{files.size / events:.0f} bytes an event, {files.records / events:.0f} of them for the record"
    yield Measurement(f"{name}: Parquet", bytes_an_event, f"{files.count:,} files of a region and day")


def single_detections(home: Path, lake: str) -> Iterator[Measurement]:
    """Measure detections over all events, and the time that one takes over the last day beyond the time of `select 1`."""
    least = fastest(home, "query", "select 1", "--lake", lake)
    for name in DETECTIONS:
        everything = fastest(home, "query", name, "--lake", lake)
        day = max(0.0, fastest(home, "query", name, "--lake", lake, "--days", "1") - least)
        title = f"`{name}` over a lake of {MANY:,} events"
        yield Measurement(
            title, f"{everything:.2f} s", f"{least:.2f} s for `select 1`", "", *below(everything, EVERYTHING, " s")
        )
        yield Measurement(
            f"{title}, `--days 1`", f"{day * 1000:.0f} ms", "beyond `select 1`", "", *below(day, ONE_DAY, " s")
        )


def each_detection(home: Path, lake: str) -> Iterator[Measurement]:
    """Measure each detection over all events once, in a process of its own."""
    names = [name for name, versions in load([shipped_folder()]).items() if versions[-1].kind == "detection"]
    seconds = {name: command(home, "query", name, "--lake", lake, "--output", "csv", "--quiet").wall for name in names}
    slow = sorted((name for name in names if seconds[name] >= EVERYTHING), key=lambda name: -seconds[name])
    yield Measurement(
        f"each of {len(names)} detections over a lake of {MANY:,} events, in a process of its own",
        f"median {median(seconds.values()):.2f} s, slowest {max(seconds.values()):.2f} s",
        "; ".join(f"`{name}` {seconds[name]:.2f} s" for name in slow),
        f"{len(names) - len(slow)} of {len(names)}",
        *below(max(seconds.values()), EVERYTHING, " s"),
    )


def all_detections(home: Path, lake: str) -> Iterator[Measurement]:
    """Compare all detections over the lake with those over the run file, in time and in findings."""
    costs: dict[str, Cost] = {}
    findings: dict[str, Any] = {}
    for place, options in (("run", ("--run", str(varied_run(MANY)))), ("lake", ("--lake", lake))):
        output = home / f"{place}.json"
        line = ("check", "detections", *options, "--output", "json")
        costs[place] = command(home, *line, output=output, exit_codes=FOUND)
        findings[place] = json.loads(output.read_text(encoding="utf-8"))
    ratio = costs["lake"].wall / costs["run"].wall
    name = f"all detections over a lake of {MANY:,} events"
    reference = f"{costs['run'].wall:.1f} s over the run file"
    yield Measurement(name, f"{costs['lake'].wall:.1f} s", reference, f"{ratio:.2f}×", *at_most(ratio, RATIO, "×"))
    cpu = f"{costs['lake'].cpu:.0f} s CPU, {costs['lake'].memory:,.0f} MiB"
    yield Measurement(
        f"{name}: CPU and peak memory", cpu, f"{costs['run'].cpu:.0f} s CPU, {costs['run'].memory:,.0f} MiB"
    )
    is_equal = findings["lake"] == findings["run"]
    title = f"{name}: findings that differ from those over the run file"
    yield Measurement(title, "none" if is_equal else "some", f"{len(findings['run']):,} findings", "", "none", is_equal)


def command(home: Path, *arguments: str, output: Path | None = None, exit_codes: tuple[int, ...] = (0,)) -> Cost:
    """Run a command of iamsql, and return its cost."""
    return run([iamsql(), *arguments], home, {}, output=output, exit_codes=exit_codes)


def fastest(home: Path, *arguments: str) -> float:
    """Return the seconds of the fastest of several processes, after a first one that fills the caches."""
    line = (*arguments, "--output", "csv", "--quiet")
    return min(command(home, *line).wall for _ in range(1 + repeats()))


def event_files(lake: Path) -> Files:
    """Return the figures of the event files."""
    paths = sorted((lake / "events").rglob("*.parquet"))
    reader = open_run(varied_run(MILLION), allow_files=True)
    sizes = (
        "select coalesce(sum(total_compressed_size), 0) from parquet_metadata($paths) where path_in_schema = 'event'"
    )
    [(records,)] = reader.query(sizes, {"paths": [str(path) for path in paths]})
    reader.close()
    return Files(len(paths), sum(path.stat().st_size for path in paths), int(records))
