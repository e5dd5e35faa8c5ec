"""Reports on demand: an account's credential report and what its principals used are made once asked for, and take a moment."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from iamsql.demo import advisor, report
from iamsql.demo.errors import AwsError
from iamsql.demo.people import Site

Params = dict[str, Any]
TAKES = 0.25  # seconds from the first GenerateCredentialReport, unless it is asked a second time


class Reports:
    """How far each account's reports are; `failed` names the users, groups and roles whose job fails."""

    def __init__(self, failed: tuple[str, ...] = (), page_size: int = 0) -> None:
        self._failed, self._page_size = failed, page_size
        self.answers: dict[str, Callable[[Site, Params], dict[str, Any]]] = {
            "GenerateCredentialReport": self.generate,
            "GetCredentialReport": self.get,
            "GenerateServiceLastAccessedDetails": advisor.ask,
            "GetServiceLastAccessedDetails": self.last_used,
        }
        self._jobs: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._times: Counter[str] = Counter()
        self._asked: dict[str, float] = {}

    def generate(self, site: Site, _: Params) -> dict[str, Any]:
        """Answer GenerateCredentialReport."""
        with self._lock:
            self._times[site.account_id] += 1
            first = self._times[site.account_id] == 1
            self._asked.setdefault(site.account_id, time.monotonic())
        if first:
            return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}
        return {"State": "COMPLETE"}

    def get(self, site: Site, _: Params) -> dict[str, Any]:
        """Answer GetCredentialReport."""
        asked_for = self._times[site.account_id]
        if not asked_for:
            raise AwsError("ReportNotPresent", "No report exists; ask for one.", 410)
        if asked_for == 1 and time.monotonic() < self._asked[site.account_id] + TAKES:
            raise AwsError("ReportInProgress", "Report is being generated.", 404)
        return {"Content": report.content(site), "ReportFormat": "text/csv", "GeneratedTime": site.report_time}

    def last_used(self, site: Site, params: Params) -> dict[str, Any]:
        """Answer GetServiceLastAccessedDetails; a role's job is still under way the first time that it is asked for."""
        job = str(params.get("JobId", ""))
        with self._lock:
            self._jobs[site.account_id, job] += 1
            first = self._jobs[site.account_id, job] == 1
        return advisor.answer(site, params, first, self._failed, self._page_size)
