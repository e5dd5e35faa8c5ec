"""Many queries asked of one open run: detections, whose findings are one answer, and controls, judged one by one.

`detections` gives findings; `judging` gives verdicts, at the places where benchmarks have their controls.
"""

from __future__ import annotations

from iamsql.check.dependencies import tables_for, tables_read
from iamsql.check.detections import COLUMNS, FINDING, Limits, Verdict, check, explain_detections, technique
from iamsql.check.exits import FAIL_ON, exit_status
from iamsql.check.explain import explain_controls
from iamsql.check.run import Judged, Judging, Wanted, judging
from iamsql.check.selection import Library, Place, library

__all__ = [
    "COLUMNS",
    "FAIL_ON",
    "FINDING",
    "Judged",
    "Judging",
    "Library",
    "Limits",
    "Place",
    "Verdict",
    "Wanted",
    "check",
    "exit_status",
    "explain",
    "explain_controls",
    "judging",
    "library",
    "tables_for",
    "tables_read",
    "technique",
]  # fmt: skip
