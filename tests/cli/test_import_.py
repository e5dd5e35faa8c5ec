"""`iamsql import` gives its files to the importer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.commands import run, run_in


def test_files_account_and_folder_match_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def import_files(*arguments: Any) -> SimpleNamespace:
        calls.append(arguments)
        return SimpleNamespace(lines=["Read 2 files."])

    monkeypatch.setattr("iamsql.cli.import_.import_files", import_files)
    result = run_in(tmp_path, "import", "a.json", "b", "--account", "111122223333")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Read 2 files.\n")
    run_in(tmp_path, "import", "a.json")
    assert calls == [((Path("a.json"), Path("b")), "111122223333", tmp_path), ((Path("a.json"),), None, tmp_path)]


def test_an_account_has_12_digits_and_files_are_required(tmp_path: Path) -> None:
    assert "12 digits" in run_in(tmp_path, "import", "a.json", "--account", "1").stderr
    result = run("import")
    assert (result.exit_code, result.stdout) == (2, "") and "PATHS" in result.stderr
