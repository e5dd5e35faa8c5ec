"""Timed syncs and boto3 sessions whose requests the test double of AWS answers in the same process."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
import botocore.session

from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.fake_aws import CREDENTIALS, FakeAws

ACCOUNTS, USERS, LATENCY = 20, 50, 0.03


def boto3_session(aws: FakeAws) -> Any:
    """Return a boto3 session with the credentials of the management account."""
    inner = botocore.session.Session()
    inner.register("before-send", aws.answer)
    return boto3.Session(botocore_session=inner, region_name="us-east-1", **CREDENTIALS)


def call_count(aws: FakeAws) -> int:
    """Return the number of requests."""
    return sum(aws.counts.values())


def throttled_count(aws: FakeAws) -> int:
    """Return the number of throttled requests."""
    return sum(n for (_, _, outcome), n in aws.counts.items() if outcome.startswith("Throttling"))


def repeated_count(aws: FakeAws) -> int:
    """Return the number of successful requests that were sent again. Polls for the credential report do not count."""
    polls = {"GenerateCredentialReport", "AssumeRole", "GetCallerIdentity"}
    calls = [
        (call.account_id, call.region, call.operation, call.params)
        for call in aws.calls
        if call.outcome == "ok" and call.operation not in polls
    ]
    return len(calls) - len(set(calls))


def sync_seconds(aws: FakeAws, **options: Any) -> float:
    """Run `iamsql sync` into a temporary folder, and return its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        sync(Options(runs=Path(folder), quiet=True, **options), Progress(), aws)
        return time.perf_counter() - start
