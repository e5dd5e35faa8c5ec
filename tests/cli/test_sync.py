"""`iamsql sync` gives its options to the sync, and has an exit code for gaps and Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.cli.progress import Progress
from tests.cli.commands import run


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the sync by a function that records its options."""
    recorded_options: dict[str, Any] = {}

    def sync(options: SimpleNamespace, say: Progress) -> SimpleNamespace:
        recorded_options.update(vars(options))
        if error := recorded_options.get("raise"):
            raise error
        return SimpleNamespace(path=Path("x"), status="incomplete", lines=["1 account read"], gaps=1)

    monkeypatch.setattr("iamsql.cli.sync.Options", SimpleNamespace)
    monkeypatch.setattr("iamsql.cli.sync.collect", sync)
    return recorded_options


def test_sync_options(folder: Path, recorded: dict[str, Any]) -> None:
    result = run(
        "sync", "--demo", "--role", "a", "--role", "b", "--account", "1" * 12, "--days", "7", "--table", "aws_iam_user"
    )
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 account read\n")
    assert (recorded["roles"], recorded["days"], recorded["accounts"]) == (("a", "b"), 7, ("1" * 12,))
    assert recorded["runs"] == folder / "runs"
    assert run("sync").exit_code == 0 and recorded["roles"][0] == "iamsql-audit"


def test_strict_exits_3_on_gaps(folder: Path, recorded: dict[str, Any]) -> None:
    assert run("sync", "--strict", "-q").exit_code == 3


def test_ctrl_c_exits_130_with_the_message_of_the_sync(folder: Path, recorded: dict[str, Any]) -> None:
    recorded["raise"] = KeyboardInterrupt("Stopped; what was read is in x.partial")
    result = run("sync")
    assert (result.exit_code, result.stderr.strip()) == (130, "Error: Stopped; what was read is in x.partial")
