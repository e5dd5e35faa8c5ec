"""The calls that read a trail, under each kind of fault. tests/cloudtrail/test_download.py tests damaged log files."""

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
from tests.sync.faults.fault_kinds import KINDS, OK, UNREADABLE
from tests.sync.faults.scenarios import Seen, seen, shared_source
from tests.sync.syncs import MANAGEMENT, PAYMENTS, SyncedRun, sync_trail

LIST, GET, FIND = Call("s3", "ListObjectsV2"), Call("s3", "GetObject"), Call("cloudtrail", "DescribeTrails")
SPOILT = ("html", "cut", "other", "odd", "empty")  # bodies: a log file's are others, and told by its bytes
EVENTS = "select account_id, region, event_id, log_file from aws_cloudtrail_event order by all"
SHORT = ("denied", "html_once", "empty_for_ever", "throttled_a_minute")


def read(runs: Path, **faults: Any) -> SyncedRun:
    """Read two days of the trail that is found, for one account."""
    room = FakeAws(DAY, faults=Faults(**faults))
    with no_sleep(room), patch("iamsql.sync.open_source", lambda *_: shared_source(room)):
        return sync_trail(runs, "auto", aws=room, accounts=(PAYMENTS,), days=2)


@cache
def plain(runs: Path) -> tuple[Seen, list[tuple[Any, ...]]]:
    run = read(runs)
    return seen(run), run.rows(EVENTS)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Seen, list[tuple[Any, ...]]]:
    """Give what the trail holds when nothing goes wrong."""
    return plain(tmp_path_factory.mktemp("plain"))


def cells() -> Iterator[Any]:
    """Yield the cells, each call under each kind that can befall it; all but a few are slow."""
    for call in (LIST, GET, FIND):
        for name, kind in KINDS.items():
            spoilt = call is GET and name.startswith(SPOILT)
            if kind.befalls(call) and not spoilt:
                marks = [] if call is not FIND and name in SHORT else [pytest.mark.slow]
                yield pytest.param(call, name, id=f"{call.service}:{call.operation}-{name}", marks=marks)


@pytest.mark.parametrize(("call", "name"), list(cells()))
def test_a_fault_on_the_way_to_a_trail_is_told_and_the_rest_is_whole(
    tmp_path: Path, undisturbed: tuple[Seen, list[tuple[Any, ...]]], call: Call, name: str
) -> None:
    kind = KINDS[name]
    run = read(tmp_path, **kind.faults(MANAGEMENT, call))
    assert sum((run.aws.service_faults.happened + run.aws.network_faults.happened).values()), "the fault never came"
    held, (before, events) = seen(run), undisturbed
    assert (held.coverage, held.raw) == (before.coverage, before.raw)
    told, rows = kind.told(call), run.status("GetObject", PAYMENTS)
    if told == OK:
        assert (rows, run.rows(EVENTS)) == ({OK}, events)
        return
    lasting = {told} if kind.lasting else {told, ("partial", told[1]), OK}
    if (
        call.service == "s3" and told == UNREADABLE
    ):  # botocore takes a body of S3 that is no XML for an error of the server
        lasting.add(("error", "500"))
    if call.operation != "GetObject":  # log files that were not listed are not asked for
        assert not rows & {told, ("error", "500")}
        lasting |= {("not_asked", call.operation), ("partial", call.operation)}
    assert rows and rows <= lasting and rows != {OK}
    assert set(run.rows(EVENTS)) <= set(events) and (run.rows(EVENTS) == [] or not kind.lasting)
