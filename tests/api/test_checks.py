"""Checks of the Python API give the results of the command."""

from __future__ import annotations

from pathlib import Path

import pytest

import iamsql
from tests.api.csv_rows import as_csv, command


@pytest.mark.slow
def test_a_check_gives_the_results_of_the_command(run: iamsql.Run, demo_run: Path) -> None:
    rows, notes = command("check", "cis_v3.0", demo_run=demo_run)
    checked = run.check("cis_v3.0")
    assert as_csv(checked) == rows
    assert list(checked.caveats) == notes
    assert sum(checked.counts.values()) == len(checked)
    assert checked.passed is False
    assert not checked.failures


@pytest.mark.slow
def test_detections_give_the_findings_of_the_command(run: iamsql.Run, demo_run: Path) -> None:
    names = ("root_api_activity", "trail_stopped", "iam_user_created")
    rows, notes = command("check", *names, "--days", "60", demo_run=demo_run)
    result = run.check(*names, days=60)
    assert as_csv(result) == rows
    assert list(result.caveats) == notes
    assert result.counts["alarm"] == len(result) > 0


@pytest.mark.parametrize(
    ("names", "options", "reason"),
    [
        (["stale_kys"], {}, "detection named 'stale_kys'"),
        (["cis_v3.0"], {"severity": "worst"}, "The severity is"),
        (["cis_v3.0"], {"days": 3}, "days is for detections"),
    ],
)
def test_an_invalid_check_is_an_error(
    run: iamsql.Run, names: list[str], options: dict[str, object], reason: str
) -> None:
    with pytest.raises(iamsql.IamsqlError, match=reason):
        run.check(*names, **options)  # type: ignore[arg-type]
