"""Many queries asked of one open run: detections, whose findings are one answer, and controls, judged one by one.

`detections` gives findings; `judging` gives verdicts, at the places where benchmarks have their controls.
"""

from __future__ import annotations

from iamsql.check.detections import COLUMNS, FINDING, Limits, Verdict, check, explain, technique
from iamsql.check.exit_codes import FAIL_ON, exit_status
from iamsql.check.ground import tables_for, tables_read
from iamsql.check.judging import Judged, Judging, Wanted, judging
from iamsql.check.selection import Library, Place, library
from iamsql.check.standing import standing_of_controls

__all__ = [
    "COLUMNS", "FAIL_ON", "FINDING", "Judged", "Judging", "Library", "Limits", "Place", "Verdict", "Wanted", "check", "exit_status",
    "explain", "judging", "library", "standing_of_controls", "tables_for", "tables_read", "technique",
]  # fmt: skip
