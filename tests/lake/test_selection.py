"""Select and group what a manifest lists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iamsql.lake.model import EventFile, LakeFile, LakeRun, Manifest
from iamsql.lake.selection import group_event_files, parse_time, select_organization
from iamsql.model import IamsqlError


def events(path: str, organization: str, day: str = "2026-11-25") -> EventFile:
    """Return the entry of a file of events."""
    return EventFile(LakeFile(path, 1, "0" * 64), organization, "eu-west-1", day, "", "", ())


def run(organization: str) -> LakeRun:
    """Return the entry of a run."""
    texts = {name: "" for name in LakeRun.__dataclass_fields__ if name not in ("accounts", "read", "files", "size")}
    file = LakeFile("runs/r/a.json", 1, "0" * 64)
    return LakeRun(**texts | {"organization": organization}, accounts=1, read=1, files=file, size=1)


def test_an_organization_has_its_runs_and_events() -> None:
    manifest = Manifest(3, (run("o-a"), run("o-b")), (events("1", "o-a"), events("2", "o-c")))
    assert select_organization(manifest, None, "l") is manifest
    assert select_organization(manifest, "o-a", "l") == Manifest(3, manifest.runs[:1], manifest.events[:1])
    assert select_organization(manifest, "o-c", "l") == Manifest(3, (), manifest.events[1:])


@pytest.mark.parametrize(("runs", "organizations"), [((run("o-b"), run("o-a")), "o-a, o-b"), ((), "none")])
def test_the_error_for_an_unknown_organization_lists_the_others(runs: tuple[LakeRun, ...], organizations: str) -> None:
    with pytest.raises(IamsqlError) as error:
        select_organization(Manifest(1, runs), "o-\x1b[2J", "l")
    assert str(error.value) == f"The lake l has no organization o-\\x1b[2J.\nIt has: {organizations}."


def test_groups_are_in_the_order_of_keys_and_paths() -> None:
    files = [events("2", "o-a", "2026-11-26"), events("3", "o-a"), events("1", "o-a", "2026-11-26")]
    groups = [
        (key, [file.file.path for file in group]) for key, group in group_event_files(files, lambda file: (file.day,))
    ]
    assert groups == [(("2026-11-25",), ["3"]), (("2026-11-26",), ["1", "2"])]


def test_a_time_can_be_missing() -> None:
    assert parse_time("") is None
    assert parse_time("2026-11-25T08:00:00Z") == datetime(2026, 11, 25, 8, tzinfo=UTC)
