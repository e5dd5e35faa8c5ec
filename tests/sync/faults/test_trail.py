"""The calls that read a trail, under each kind of fault. tests/sync/cloudtrail/test_download.py tests damaged log files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from iamsql.model import Call
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.no_sleep import no_sleep
from tests.sync.faults.fault_kinds import KINDS, OK
from tests.sync.faults.scenarios import RunContent, read_run, shared_source
from tests.sync.syncs import MANAGEMENT, PAYMENTS, SyncedRun, sync_trail

LIST, GET, FIND = Call("s3", "ListObjectsV2"), Call("s3", "GetObject"), Call("cloudtrail", "DescribeTrails")
SPOILT = ("html", "cut", "other", "odd", "empty")  # response bodies; bodies of log files are tested elsewhere
EVENTS = "select account_id, region, event_id, log_file from aws_cloudtrail_event order by all"
SHORT = ("denied",)


def read_trail(runs: Path, **faults: Any) -> SyncedRun:
    """Sync two days of the trail that is found, for one account."""
    aws = FakeAws(DAY, faults=Faults(**faults))
    with no_sleep(aws), patch("iamsql.sync.open_source", lambda *_: shared_source(aws, "asyncio")):
        return sync_trail(runs, "auto", aws=aws, accounts=(PAYMENTS,), days=2)


@cache
def plain(runs: Path) -> tuple[RunContent, list[tuple[Any, ...]]]:
    run = read_trail(runs)
    return read_run(run), run.rows(EVENTS)


@pytest.fixture(scope="module")
def without_faults(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunContent, list[tuple[Any, ...]]]:
    """Return the events of the trail without faults."""
    return plain(tmp_path_factory.mktemp("plain"))


def combinations() -> Iterator[Any]:
    """Yield the combinations of call and kind; all but a few are marked slow."""
    for call in (LIST, GET, FIND):
        for name, kind in KINDS.items():
            spoilt = call is GET and name.startswith(SPOILT)
            if kind.applies_to(call) and not spoilt:
                marks = [] if call is not FIND and name in SHORT else [pytest.mark.slow]
                yield pytest.param(call, name, id=f"{call.service}:{call.operation}-{name}", marks=marks)


@pytest.mark.parametrize(("call", "name"), list(combinations()))
def test_a_fault_of_a_trail_call_is_in_coverage_and_all_else_is_read(
    tmp_path: Path, without_faults: tuple[RunContent, list[tuple[Any, ...]]], call: Call, name: str
) -> None:
    kind = KINDS[name]
    run = read_trail(tmp_path, **kind.faults(MANAGEMENT, call))
    assert sum((run.aws.service_faults.happened + run.aws.network_faults.happened).values()), "the fault never came"
    content, (before, events) = read_run(run), without_faults
    assert (content.coverage, content.raw) == (before.coverage, before.raw)
    expected, rows = kind.expected(call), run.status("GetObject", PAYMENTS)
    if expected == OK:
        assert (rows, run.rows(EVENTS)) == ({OK}, events)
        return
    lasting = {expected} if kind.lasting else {expected, ("partial", expected[1]), OK}
    if call.operation != "GetObject":  # log files that were not listed are not requested
        assert expected not in rows
        lasting |= {("not_requested", call.operation), ("partial", call.operation)}
    elif expected[0] == "expired":  # no other request would succeed
        assert rows & {expected, ("partial", expected[1])}
        lasting |= {("not_requested", call.operation)}
    assert rows and rows <= lasting and rows != {OK}
    assert set(run.rows(EVENTS)) <= set(events) and (run.rows(EVENTS) == [] or not kind.lasting)
