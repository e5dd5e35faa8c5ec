"""The reports of IAM that are generated on request: the credential report, and which services a principal last accessed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from iamsql.demo.data import Account, Item, Params
from iamsql.demo.errors import AwsError
from iamsql.demo.iam import find_item
from iamsql.demo.pagination import PageSize, cut_page

GENERATION_SECONDS = 0.25  # until the credential report is complete; a second request completes it at once
REPORT_AGE_AT_MIDNIGHT = timedelta(hours=2)  # when the credential report was generated
SERVICES_PER_PAGE = 3


class Reports:
    """The state of the reports of each account."""

    def __init__(self, page_size: PageSize) -> None:
        self.page_size = page_size
        self.answers: dict[str, Callable[[Account, Params], Item]] = {
            "GenerateCredentialReport": self.generate,
            "GetCredentialReport": self.get,
            "GenerateServiceLastAccessedDetails": self.generate_last_accessed,
            "GetServiceLastAccessedDetails": self.last_accessed,
        }
        self._lock = threading.Lock()
        self.requests: Counter[tuple[str, str]] = Counter()
        self._start_by_account: dict[str, float] = {}

    def _count_request(self, account: Account, job: str) -> int:
        with self._lock:
            self.requests[account.id, job] += 1
            return self.requests[account.id, job]

    def generate(self, account: Account, _: Params) -> Item:
        """Answer GenerateCredentialReport."""
        self._start_by_account.setdefault(account.id, time.monotonic())
        if self._count_request(account, "") == 1:
            return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}
        return {"State": "COMPLETE"}

    def get(self, account: Account, _: Params) -> Item:
        """Answer GetCredentialReport."""
        requests = self.requests[account.id, ""]
        if not requests:
            raise AwsError("ReportNotPresent", "No report exists; request one.", 410)
        if requests == 1 and time.monotonic() < self._start_by_account[account.id] + GENERATION_SECONDS:
            raise AwsError("ReportInProgress", "Report is being generated.", 404)
        generated_time = account.midnight - REPORT_AGE_AT_MIDNIGHT
        return {"Content": account.credential_report, "ReportFormat": "text/csv", "GeneratedTime": generated_time}

    def generate_last_accessed(self, account: Account, params: Params) -> Item:
        """Answer GenerateServiceLastAccessedDetails."""
        arn = params.get("Arn", "")
        error = AwsError("NoSuchEntity", f"ARN {arn} does not exist.", 404)
        return find_item(account, "ServiceLastAccessedJobs", "Arn", arn, error)

    def last_accessed(self, account: Account, params: Params) -> Item:
        """Answer GetServiceLastAccessedDetails; the job of a role is in progress at the first request."""
        number = params.get("JobId", "")
        error = AwsError("NoSuchEntity", f"Job ID {number} does not exist.", 404)
        job = find_item(account, "ServiceLastAccessedJobs", "JobId", number, error)
        first = self._count_request(account, number) == 1
        response = {"JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "JobCreationDate": account.midnight}
        if first and ":role/" in job["Arn"]:
            return response | {"JobStatus": "IN_PROGRESS", "ServicesLastAccessed": []}
        size, services = self.page_size("iam", params, SERVICES_PER_PAGE), job["ServicesLastAccessed"]
        page = cut_page("iam", "GetServiceLastAccessedDetails", params, services, size)
        page_members = {
            "IsTruncated": page.token is not None,
            "Marker": page.token,
            "JobCompletionDate": account.midnight,
        }
        return response | page_members | {"ServicesLastAccessed": page.items}
