"""Requests of pipelines over two controls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from iamsql.automation.notify.request import NotifyRequest
from iamsql.automation.pipeline import CheckRequest, PipelineRequest
from iamsql.sync import Options
from tests.automation.pipeline.receiver import Receiver

CONTROLS = ("root_mfa",)
TABLES = ("aws_iam_account_summary",)


def request(folder: Path, receiver: Receiver | None = None, **changes: Any) -> PipelineRequest:
    """Return a request for two controls, which notifies a webhook."""
    sync = Options(runs=folder / "runs", demo=True, tables=TABLES)
    notify_request = NotifyRequest((f"webhook:{receiver.url}",), benchmarks=CONTROLS) if receiver else None
    return replace(PipelineRequest(sync, CheckRequest(CONTROLS, "none"), notify=notify_request), **changes)
