"""boto3 sessions whose requests are answered by a room in the same process, as `iamsql sync --demo` has them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
import botocore.session

from tests.fake_aws import CREDENTIALS, FakeAws

ACCOUNTS, USERS, LATENCY = 20, 50, 0.03


def session_in(room: FakeAws) -> Any:
    """Make an ordinary boto3 session with the room's base credentials."""
    inner = botocore.session.Session()
    inner.register("before-send", room.answer)
    return boto3.Session(botocore_session=inner, region_name="us-east-1", **CREDENTIALS)


def calls_of(room: FakeAws) -> int:
    """Count the requests that the room answered."""
    return sum(room.counts.values())


def refused_by(room: FakeAws) -> int:
    """Count the requests that the room throttled."""
    return sum(n for (_, _, outcome), n in room.counts.items() if outcome.startswith("Throttling"))


def repeated_in(room: FakeAws) -> int:
    """Count successful requests made more than once; asking whether the report is ready is not one."""
    polls = {"GenerateCredentialReport", "AssumeRole", "GetCallerIdentity"}
    seen = [(c.account_id, c.region, c.operation, c.params) for c in room.calls if c.outcome == "ok"]
    once = [call for call in seen if call[2] not in polls]
    return len(once) - len(set(once))


def collect(room: FakeAws, **wanted: Any) -> float:
    """Let `iamsql sync` read the room into a run file that is thrown away; tell the seconds from start to end."""
    from iamsql.sync import Options, sync
    from iamsql.sync.options import Progress

    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        sync(Options(runs=Path(folder), quiet=True, **wanted), Progress(), room)
        return time.perf_counter() - begun
