"""The JSON of manifests: every value of it is checked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iamsql.lake.manifest_json import manifest_text, parse_manifest, parse_run_files, run_files_text
from iamsql.lake.model import EventFile, LakeFile, LakeRun, Manifest, RunFiles
from iamsql.model import IamsqlError

FILE = LakeFile("runs/r/a.json", 1, "0" * 64, 2)
TIME = "2026-11-25T08:00:00Z"
RUN = LakeRun("r", "o-a", TIME, TIME, "", "", "complete", "1.0", "f", 2, 1, FILE, 1, TIME)
MANIFEST = Manifest(7, (RUN,), (EventFile(FILE, "o-a", "eu-west-1", "2026-11-25", TIME, TIME, ("r",)),))


def changed(*keys: Any, value: Any) -> bytes:
    """Return the manifest with another value."""
    *path, last = keys
    document = target = json.loads(manifest_text(MANIFEST, "w"))
    for key in path:
        target = target[key]
    target[last] = value
    return json.dumps(document).encode()


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert parse_manifest(manifest_text(MANIFEST, "w"), 7, "l") == MANIFEST


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b"[]", "it is not an object"),
        pytest.param(b"[" * 100_000, "recursion", id="nested"),
        (changed("runs", value={}), "runs is not a list"),
        (changed("runs", 0, value=[]), "LakeRun is not an object"),
        (changed("runs", 0, "accounts", value=-1), "accounts is not a number from 0"),
        (changed("runs", 0, "accounts", value=True), "accounts is not a number from 0"),
        (changed("runs", 0, "status", value=1), "status is not a string"),
        pytest.param(
            changed("runs", 0, "status", value="x" * 2001), "status is not a string of at most 2000", id="long"
        ),
        (changed("runs", 0, "started_at", value="yesterday"), "started_at has another form"),
        (changed("runs", 0, "files", "path", value="../a"), "path has another form"),
        (changed("runs", 0, "files", "sha256", value="0"), "sha256 has another form"),
        (changed("events", 0, "file", value={}), "LakeFile has no path"),
        (changed("runs", 0, "status", value="\ud800"), "surrogates not allowed"),
    ],
)
def test_a_damaged_manifest_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(IamsqlError, match=f"The manifest 7 of the lake l is damaged: .*{reason}"):
        parse_manifest(content, 7, "l")


@pytest.mark.parametrize("keys", [("format",), ("new",), ("runs", 0, "new")])
def test_a_manifest_of_a_newer_version_names_it(keys: tuple[Any, ...]) -> None:
    with pytest.raises(IamsqlError, match=r"was written by iamsql .*, and .* cannot read it\.\nUpdate iamsql"):
        parse_manifest(changed(*keys, value=2), 7, "l")


def test_a_manifest_has_the_version_of_its_name() -> None:
    with pytest.raises(IamsqlError, match="The manifest 8 of the lake l says that it is version 7"):
        parse_manifest(manifest_text(MANIFEST, "w"), 8, "l")


def test_files_of_a_run_belong_to_this_run_and_to_known_tables() -> None:
    files = RunFiles("r", {"aws_iam_user": (FILE,)})
    assert parse_run_files(run_files_text(files), RUN, "l") == files
    with pytest.raises(IamsqlError, match="belongs to another run than r"):
        parse_run_files(run_files_text(RunFiles("s", {})), RUN, "l")
    with pytest.raises(IamsqlError, match=r"lists the table .*aws_none"):
        parse_run_files(run_files_text(RunFiles("r", {"aws_none": (FILE,)})), RUN, "l")
