"""Which paths a lake may have: a manifest is untrusted input."""

from __future__ import annotations

import pytest

from iamsql.lake.paths import MAX_PART_CHARACTERS, checked_path, final_path, is_lake_file, path_part
from iamsql.model import IamsqlError

EVENTS = "events/organization=o-1/event_region=eu-west-1/event_day=2026-11-25/a.parquet"


@pytest.mark.parametrize("path", ["manifest/00000001.json", EVENTS, "a", "/".join("a" * 10)])
def test_a_path_of_a_lake_is_returned(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "a/",
        "a\n",
        "a b",
        "*",
        "a?b",
        "C:\\a",
        ".hidden",
        "a" * 201,
        "/".join("a" * 11),
    ],
)
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(IamsqlError, match="is not the path of a file of a lake"):
        checked_path(path)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("o-abc", "o-abc"),
        ("..", "_."),
        ("a/b c", "a_b_c"),
        ("", "_"),
        ("é", "_"),
        ("x" * 500, "x" * MAX_PART_CHARACTERS),
    ],
)
def test_a_text_becomes_a_part_of_a_path(text: str, part: str) -> None:
    assert path_part(text) == part
    assert checked_path(part) == part


def test_files_of_the_layout_and_their_temporary_files_belong_to_a_lake() -> None:
    lake_files = ["manifest/00000001.json", "runs/r/a.json", "state/table=t/organization=o/run=r/a.parquet", EVENTS]
    temporary = ["manifest/.00000001.json.0123abcd.tmp", EVENTS.replace("a.parquet", ".a.parquet.0123abcd.tmp")]
    assert all(map(is_lake_file, lake_files + temporary))
    other = [
        "manifest/1.json",
        "manifest/00000001.json.bak",
        "notes.txt",
        "manifest/.00000001.json.xyz.tmp",
        "a/" + EVENTS,
    ]
    assert not any(map(is_lake_file, other))
    assert [final_path(path) for path in temporary] == [lake_files[0], lake_files[3]]
    assert final_path("notes.txt.tmp") == "notes.txt.tmp"
