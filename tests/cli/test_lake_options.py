"""The storage of --lake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.cli.lake_options import LakeOptions, WrittenLake, build_storage


def test_the_key_is_that_of_a_command_that_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr("iamsql.cli.lake_options.open_storage", lambda *arguments: calls.append(arguments))
    build_storage(WrittenLake(lake="s3://b/p", profile="audit", kms_key="alias/x"))
    build_storage(LakeOptions(lake="s3://b/p"))
    (written, first), (read, second) = calls
    assert written == read == "s3://b/p"
    assert (first.profile, first.kms_key, second.profile, second.kms_key) == ("audit", "alias/x", None, "")


def test_a_folder_is_a_lake(tmp_path: Path) -> None:
    assert build_storage(LakeOptions(lake=str(tmp_path / "lake"))).name == str(tmp_path / "lake")
