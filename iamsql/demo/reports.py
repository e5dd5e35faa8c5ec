"""Credential reports on demand: each account's is made once asked for, and takes a moment."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from iamsql.demo import report
from iamsql.demo.faults import Refusal
from iamsql.demo.people import Site

TAKES = 0.25  # seconds from the first GenerateCredentialReport, unless it is asked a second time


class Reports:
    """How far each account's report is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: Counter[str] = Counter()
        self._asked: dict[str, float] = {}

    def generate(self, site: Site) -> dict[str, Any]:
        """Answer GenerateCredentialReport."""
        with self._lock:
            self._times[site.account_id] += 1
            first = self._times[site.account_id] == 1
            self._asked.setdefault(site.account_id, time.monotonic())
        if first:
            return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}
        return {"State": "COMPLETE"}

    def get(self, site: Site) -> dict[str, Any]:
        """Answer GetCredentialReport."""
        asked_for = self._times[site.account_id]
        if not asked_for:
            raise Refusal("ReportNotPresent", "No report exists; ask for one.", 410)
        if asked_for == 1 and time.monotonic() < self._asked[site.account_id] + TAKES:
            raise Refusal("ReportInProgress", "Report is being generated.", 404)
        return {"Content": report.content(site), "ReportFormat": "text/csv", "GeneratedTime": site.report_time}
