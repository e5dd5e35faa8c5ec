"""Run many queries on one open run: detections, which return findings, and controls, which return results by benchmark."""

from __future__ import annotations

from iamsql.check.dependencies import tables_for, tables_read
from iamsql.check.detections import (
    COLUMNS,
    FINDING,
    DetectionResult,
    FindingFilter,
    check,
    explain_detections,
    technique,
)
from iamsql.check.exits import FAIL_ON, exit_status
from iamsql.check.explain import explain_controls
from iamsql.check.run import ControlRun, PlaceResults, ResultFilter, run_controls
from iamsql.check.selection import Library, Place, read_library

__all__ = [
    "COLUMNS", "FAIL_ON", "FINDING", "ControlRun", "DetectionResult", "FindingFilter",
    "Library", "Place", "PlaceResults", "ResultFilter",
    "check", "exit_status",
    "explain_controls", "explain_detections", "read_library", "run_controls", "tables_for", "tables_read", "technique",
]  # fmt: skip
