"""The credential report where AWS makes none: it is asked for again, and the report that AWS still has is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import PAYMENTS, Ran, ran

MADE, REPORT, TABLE = "GenerateCredentialReport", "GetCredentialReport", "aws_iam_credential_report"
EVER = 1_000_000


def read(runs: Path, made_before: bool, **faults: Any) -> Ran:
    """Sync one account; `made_before` where AWS has a report that somebody asked for earlier."""
    room = FakeAws(DAY, faults=Faults(**faults))
    if made_before:
        room.reports.requests[PAYMENTS, ""] = 2
    return ran(runs, room=room, accounts=(PAYMENTS,), events=("none",), typed=True, tables=(TABLE,))


@pytest.mark.parametrize("code", ["LimitExceeded", 500])
def test_it_is_asked_for_again(tmp_path: Path, code: int | str) -> None:
    run = read(tmp_path, False, errors=((PAYMENTS, MADE, code, 2),))
    assert run.status(MADE, PAYMENTS) == run.status(REPORT, PAYMENTS) == {("ok", None)}
    assert run.asked(MADE) == 3 and run.outcome.gaps == 0
    assert run.rows("select retries from iamsql.coverage where operation = ?", MADE) == [(2,)]


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ({"errors": ((PAYMENTS, MADE, "LimitExceeded", EVER),)}, ("error", "LimitExceeded")),
        ({"errors": ((PAYMENTS, MADE, 500, EVER),)}, ("error", "InternalFailure")),
        ({"deny": ((PAYMENTS, MADE),)}, ("denied", "AccessDenied")),
    ],
)
@pytest.mark.parametrize("made_before", [True, False])
def test_the_report_that_aws_still_has_is_read(
    tmp_path: Path, faults: dict[str, Any], told: tuple[str, str], made_before: bool
) -> None:
    run = read(tmp_path, made_before, **faults)
    assert run.status(MADE, PAYMENTS) == {told} and run.asked(REPORT) == 1
    assert run.status(REPORT, PAYMENTS) == {("ok", None) if made_before else ("error", "ReportNotPresent")}
    [(rows, dated)] = run.rows(f"select count(*), count(generated_time) from {TABLE}")
    assert rows == dated and (rows > 0) == made_before


def test_where_both_are_denied_both_are_told(tmp_path: Path) -> None:
    run = read(tmp_path, True, deny=((PAYMENTS, MADE), (PAYMENTS, REPORT)))
    assert run.status(MADE, PAYMENTS) == run.status(REPORT, PAYMENTS) == {("denied", "AccessDenied")}
    assert run.rows(f"select count(*) from {TABLE}") == [(0,)]
