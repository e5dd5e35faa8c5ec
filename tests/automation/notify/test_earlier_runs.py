"""The runs that a run is compared with: earlier, of its organization, with its scope, and with an account that was read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.automation.notify import earlier_runs
from iamsql.model import IamsqlError
from iamsql.runs.latest import RunWithStatus
from tests.automation.notify.known_runs import START, run
from tests.minimal_run import make_run

FULL: Any = SimpleNamespace(limits=(), imported=False)


def known(day: int, **changes: Any) -> RunWithStatus:
    file, status = run(day)
    return file, replace(status, **{"organization": "o-1", "read": 3, "scope": FULL} | changes)


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 1),
        ({"read": 0}, 0),
        ({"read": None}, 0),
        ({"organization": "o-2"}, 0),
        ({"scope": None}, 0),
        ({"started": None}, 0),
        ({"scope": SimpleNamespace(limits=("tables",), imported=False)}, 0),
        ({"scope": SimpleNamespace(limits=(), imported=True)}, 0),
    ],
)
def test_a_run_is_comparable(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], count: int) -> None:
    monkeypatch.setattr(earlier_runs, "iter_finished", lambda folder: [known(6), known(5), known(4, **changes)])
    runs = list(earlier_runs.comparable_runs(Path("x"), known(5)))
    assert [other[1].run_id for other in runs] == ["run-4"] * count


def test_the_start_is_that_of_the_name_and_then_of_the_file() -> None:
    file, status = run(1)
    assert earlier_runs.parse_start_time((replace(file, started=START), status)) == START
    assert earlier_runs.parse_start_time((replace(file, started=None), status)) == status.started
    with pytest.raises(IamsqlError, match="has no time"):
        earlier_runs.parse_start_time((replace(file, started=None), replace(status, started=None)))


def test_a_named_run_is_earlier_and_of_the_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = {"same": known(5), "other": known(1, organization="o-2"), "before": known(1)}
    monkeypatch.setattr(earlier_runs, "choose", lambda folder, name: SimpleNamespace(path=name))
    monkeypatch.setattr(earlier_runs, "run_with_status", lambda path, folder: runs[path])
    assert earlier_runs.named_earlier_run(Path("x"), "before", known(5)) == runs["before"]
    for name, message in (("same", "which is not earlier than run-5"), ("other", "are of different organizations")):
        with pytest.raises(IamsqlError, match=message):
            earlier_runs.named_earlier_run(Path("x"), name, known(5))


def test_a_file_that_is_not_a_run_is_an_error(tmp_path: Path) -> None:
    path = make_run(tmp_path / "x.duckdb", statements=("delete from iamsql.run",))
    for file in (path, tmp_path / "missing.duckdb"):
        with pytest.raises(IamsqlError, match="is not a run of iamsql"):
            earlier_runs.run_with_status(file, tmp_path)


def test_no_run_is_opened_without_an_account_to_search() -> None:
    assert list(earlier_runs.runs_that_can_answer([run(1)], set())) == []
