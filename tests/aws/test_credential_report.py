"""The credential report, when AWS does not generate one: the request is repeated, and an existing report is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.no_sleep import no_sleep
from tests.sync.syncs import PAYMENTS, SyncedRun, run_sync

GENERATE, REPORT, TABLE = "GenerateCredentialReport", "GetCredentialReport", "aws_iam_credential_report"
EVER = 1_000_000


def sync_keys(runs: Path, made_before: bool, **faults: Any) -> SyncedRun:
    """Sync one account; with `made_before`, AWS has a report that another caller requested."""
    aws = FakeAws(DAY, faults=Faults(**faults))
    if made_before:
        aws.reports.requests[PAYMENTS, ""] = 2
    with no_sleep(aws):
        return run_sync(runs, aws=aws, accounts=(PAYMENTS,), events=("none",), typed=True, tables=(TABLE,))


@pytest.mark.slow
@pytest.mark.parametrize("code", ["LimitExceeded", 500])
def test_a_failed_generation_is_requested_again(tmp_path: Path, code: int | str) -> None:
    run = sync_keys(tmp_path, False, errors=((PAYMENTS, GENERATE, code, 2),))
    assert run.status(GENERATE, PAYMENTS) == run.status(REPORT, PAYMENTS) == {("ok", None)}
    assert run.count_calls(GENERATE) == 3 and run.result.gaps == 0
    assert run.rows("select retries from iamsql.coverage where operation = ?", GENERATE) == [(2,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"errors": ((PAYMENTS, GENERATE, "LimitExceeded", EVER),)}, ("error", "LimitExceeded")),
        ({"errors": ((PAYMENTS, GENERATE, 500, EVER),)}, ("error", "InternalFailure")),
        ({"deny": ((PAYMENTS, GENERATE),)}, ("denied", "AccessDenied")),
    ],
)
@pytest.mark.parametrize("made_before", [True, False])
def test_an_existing_report_is_read_when_generation_fails(
    tmp_path: Path, faults: dict[str, Any], expected: tuple[str, str], made_before: bool
) -> None:
    run = sync_keys(tmp_path, made_before, **faults)
    assert run.status(GENERATE, PAYMENTS) == {expected} and run.count_calls(REPORT) == 1
    assert run.status(REPORT, PAYMENTS) == {("ok", None) if made_before else ("error", "ReportNotPresent")}
    [(rows, dated)] = run.rows(f"select count(*), count(generated_time) from {TABLE}")
    assert rows == dated and (rows > 0) == made_before


def test_when_both_calls_are_denied_coverage_has_both(tmp_path: Path) -> None:
    run = sync_keys(tmp_path, True, deny=((PAYMENTS, GENERATE), (PAYMENTS, REPORT)))
    assert run.status(GENERATE, PAYMENTS) == run.status(REPORT, PAYMENTS) == {("denied", "AccessDenied")}
    assert run.rows(f"select count(*) from {TABLE}") == [(0,)]
