"""`iamsql runs merge` prints what was merged, and has an exit code for gaps."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.commands import run_in


@pytest.mark.parametrize(("arguments", "gaps", "code"), [((), 3, 0), (("--strict",), 3, 3), (("--strict",), 0, 0)])
def test_gaps_are_an_exit_code_only_strictly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], gaps: int, code: int
) -> None:
    calls: list[Any] = []

    def merge(folder: Path, shards: tuple[str, ...]) -> SimpleNamespace:
        calls.append((folder, shards))
        return SimpleNamespace(lines=["Wrote x\x1b[2J."], gaps=gaps)

    monkeypatch.setattr("iamsql.sync.merge.merge.merge", merge)
    result = run_in(tmp_path, "runs", "merge", "a", "b", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", "Wrote x\\x1b[2J.\n")
    assert calls == [(tmp_path, ("a", "b"))]


def test_a_folder_without_shards_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    result = run_in(tmp_path, "runs", "merge")
    assert (result.exit_code, result.stdout) == (2, "") and "--shard" in result.stderr
