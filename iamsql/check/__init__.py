"""Run many queries on one open run: detections, which return findings, and controls, which return results by benchmark."""

from __future__ import annotations

from iamsql.check.dependencies import tables_for, tables_read
from iamsql.check.detections import (
    COLUMNS,
    FINDING_COLUMNS,
    DetectionResult,
    FindingFilter,
    explain_detections,
    run_detections,
    technique,
)
from iamsql.check.exit_codes import FAIL_ON, exit_status
from iamsql.check.explain import explain_controls
from iamsql.check.result_filter import ResultFilter
from iamsql.check.run import ControlResults, ControlRun, run_controls
from iamsql.check.selection import CheckCatalog, ControlRef, load_catalog

__all__ = [
    "COLUMNS",
    "FAIL_ON",
    "FINDING_COLUMNS",
    "CheckCatalog",
    "ControlRef",
    "ControlResults",
    "ControlRun",
    "DetectionResult",
    "FindingFilter",
    "ResultFilter",
    "exit_status",
    "explain_controls",
    "explain_detections",
    "load_catalog",
    "run_controls",
    "run_detections",
    "tables_for",
    "tables_read",
    "technique",
]  # fmt: skip
