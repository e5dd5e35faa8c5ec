"""A row for each control of a section: its status, its counts and its numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.check.by_control import COLUMNS, ControlRows, control_status


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({"alarm": 1, "error": 5, "ok": 9}, "alarm"),
        ({"error": 1, "muted": 1, "ok": 9}, "error"),
        ({"muted": 1, "info": 1, "ok": 1}, "muted"),
        ({"ok": 1, "skip": 3}, "ok"),
        ({"skip": 3}, "skip"),
        ({"alarm": 0}, "skip"),
        ({}, "skip"),
    ],
)
def test_a_control_has_the_worst_status_of_its_results(counts: dict[str, int], status: str) -> None:
    assert control_status(counts) == status
    assert control_status(counts, failed=True) == "error"


def results(number: str, counts: dict[str, int], failure: str = "", section: str = "s") -> Any:
    columns = {"benchmark": "b", "section": section, "id": number, "control": "mfa", "title": "MFA", "severity": "high"}
    control = SimpleNamespace(columns=columns, job=("mfa", 1, ""), id=number, query=SimpleNamespace(name="mfa"))
    return SimpleNamespace(control=control, counts=counts, failure=failure)


def rows(*added: Any, numbers: Any = None) -> list[dict[str, Any]]:
    collected = ControlRows(numbers or {})
    for each in added:
        collected.add(each)
    return [dict(zip(COLUMNS, row, strict=True)) for row in collected.rows()]


def test_a_control_with_two_numbers_in_a_section_has_one_row() -> None:
    one, other = {"alarm": 1, "ok": 2}, {"ok": 9}
    first, second = rows(
        results("1.1", one), results("1.2", other), results("1.1", other), results("2.1", other, section="t")
    )
    assert (first["id"], first["results"], first["alarm"], first["ok"], first["error"]) == ("1.1, 1.2", 3, 1, 2, 0)
    assert (second["section"], second["id"], second["status"], second["note"]) == ("t", "2.1", "ok", None)


def test_a_control_without_results_has_a_note() -> None:
    failed, empty = rows(results("1", {}, "no table\nLINE 1"), results("2", {}, section="t"))
    assert (failed["status"], failed["note"]) == ("error", "Failed: no table")
    assert (empty["status"], empty["note"]) == ("skip", "There is nothing to evaluate.")


def test_the_numbers_of_standards_are_columns() -> None:
    (row,) = rows(results("", {"ok": 1}), numbers={"cis_v7.0": {"mfa": "1.10"}, "soc_2": {"other": "x"}})
    assert (row["cis_v7.0"], row["soc_2"]) == ("1.10", None)
