"""The results of controls and detections over the sample organization as records, built once for all tests."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from iamsql.check.controls import run_controls
from iamsql.check.detection_record import DetectionRecord, detection_records
from iamsql.check.detections import run_detections, select_detections
from iamsql.check.finding_record import FindingOrigin, FindingRecord, build_origin, records
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import LEVELS, load_catalog
from tests.conftest import sample_run
from tests.fixtures import built_once

FILE = "records.pickle"
FEW, ALL = ("cis_v3.0",), ("iamsql", "cis_v7.0")


class Records(NamedTuple):
    """The origin and the records of the run of the sample organization."""

    origin: FindingOrigin
    controls: list[FindingRecord]
    detections: list[DetectionRecord]


@cache
def demo_records() -> Records:
    """Return the records of a benchmark of a few controls, and of the detections of high severity."""
    folder = built_once("records", lambda folder: _build(folder, FEW, LEVELS[1]), Path(__file__))
    cached_records: Records = pickle.loads((folder / FILE).read_bytes())
    return cached_records


@cache
def all_records() -> Records:
    """Return the records of all controls and detections, which take 15 seconds to build."""
    folder = built_once("all-records", lambda folder: _build(folder, ALL, LEVELS[-1]), Path(__file__))
    cached_records: Records = pickle.loads((folder / FILE).read_bytes())
    return cached_records


def once_per_status(records: list[FindingRecord]) -> list[FindingRecord]:
    """Return the first record of each control and status, and of each status a muted record and a hostile one."""
    first: dict[tuple[str, str], FindingRecord] = {}
    for record in records:
        first.setdefault((record.rule.id, record.status), record)
    by_status = {record.status: record for record in first.values()}
    muted = [replace(by_status[status], muted="ops until 2026-09-30: Known.") for status in ("alarm", "error")]
    return [*first.values(), *muted]


def _build(folder: Path, benchmarks: tuple[str, ...], severity: str) -> None:
    run, checks = sample_run(), load_catalog(())
    evaluation = Evaluation(str(run), run.parent)
    with run_controls(checks, benchmarks, evaluation) as control_run:
        origin, controls = build_origin(control_run.reader.metadata), list(records(control_run))
    selected = select_detections((), checks, severity)
    events = run_detections(selected, evaluation)
    demo_records = Records(origin, controls, list(detection_records(events, origin)))
    (folder / FILE).write_bytes(pickle.dumps(demo_records))
