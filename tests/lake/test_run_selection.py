"""The runs of a lake are selected by organization and time."""

from __future__ import annotations

import pytest

from iamsql.lake.model import LakeFile, LakeRun, Manifest
from iamsql.lake.run_selection import Selection, select_runs
from iamsql.model import IamsqlError


def run(started: str, organization: str = "o-a") -> LakeRun:
    """Return a run that started at an ISO time."""
    run_id = f"{started.replace('-', '').replace(':', '')}-{organization}"
    files = LakeFile(f"runs/{organization}/{run_id}.json", 1, "0" * 64)
    times = dict.fromkeys(("finished_at", "window_start", "window_end", "added_at"), started)
    details = {
        "status": "complete",
        "iamsql_version": "1",
        "schema_fingerprint": "f",
        "accounts": 1,
        "read": 1,
        "size": 1,
    }
    return LakeRun(run_id=run_id, organization=organization, started_at=started, files=files, **times, **details)


FIRST, SECOND, THIRD = (run(f"2026-03-0{day}T08:00:00Z") for day in (1, 8, 9))
MANIFEST = Manifest(3, (SECOND, FIRST, THIRD))


@pytest.mark.parametrize(
    ("at", "newest"),
    [
        ("", THIRD),
        ("2026-03-08", SECOND),  # a day means its end
        ("2026-03-08T07:59", FIRST),
        ("2026-03-08T08:00", SECOND),  # a minute means its end
        ("2026-03-08 08:00:00Z", SECOND),
        ("2026-03-08T07:59:59Z", FIRST),
        (SECOND.run_id, SECOND),
        ("20260308T08", SECOND),
        ("2030-01-01", THIRD),
    ],
)
def test_a_past_state_is_that_of_the_newest_run_at_the_time(at: str, newest: LakeRun) -> None:
    runs = select_runs(MANIFEST, "lake", Selection(at=at))
    assert runs == [lake_run for lake_run in (THIRD, SECOND, FIRST) if lake_run.run_id <= newest.run_id]


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (
            "2026-02-28",
            r"No run of the lake started before 2026-02-28T23:59:59Z\.\nThe first run started at 2026-03-01",
        ),
        ("yesterday", r"--at takes a time in UTC.*\nList the runs with: iamsql lake list"),
        ("202603", "--at takes a time in UTC"),  # the beginning of several run IDs
        ("x\x1b[31m", r"not x\\x1b"),
    ],
)
def test_other_times_are_refused(at: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        select_runs(MANIFEST, "lake", Selection(at=at))


def test_one_organization_is_selected() -> None:
    manifest = Manifest(1, (FIRST, run("2026-03-01T08:00:00Z", "o-b")))
    [selected] = select_runs(manifest, "lake", Selection(organization="o-b"))
    assert selected.organization == "o-b"
    with pytest.raises(IamsqlError, match=r"has runs of o-b, o-a\.\nSelect an organization with --organization ID"):
        select_runs(manifest, "lake", Selection())
    with pytest.raises(IamsqlError, match=r"has no runs of o-c\.\nIt has runs of o-b, o-a"):
        select_runs(manifest, "lake", Selection(organization="o-c"))
    with pytest.raises(IamsqlError, match=r"The lake x has no runs\.\nAdd a run with: iamsql lake add --lake x"):
        select_runs(Manifest(), "x", Selection())
