"""The rows of a report, its next step and its summary."""

from __future__ import annotations

import pytest

from iamsql.model import IamsqlError
from iamsql.sync.doctor import model


def test_the_first_failed_check_has_the_next_step() -> None:
    rows = [
        model.ok("a", "fine"),
        model.failed_row("b", "bad", ""),
        model.failed_row("c", "worse", "Do c."),
        model.failed_row("d", "", "Do d."),
    ]
    report = model.Report(rows)
    assert report.has_failed and report.first_step == "Do c."
    quiet = model.Report([model.ok("a", "fine"), model.warning("b", "odd", "Look.")])
    assert not quiet.has_failed and quiet.first_step == ""


@pytest.mark.parametrize(
    ("rows", "summary"),
    [
        ([model.ok("a", ""), model.ok("b", ""), model.warning("c", "")], "2 ok, 1 warning."),
        ([model.warning("a", ""), model.warning("b", ""), model.skipped_row("c", "")], "2 warnings, 1 skipped."),
        ([model.failed_row("a", "", ""), model.ok("b", "")], "1 ok, 1 failed."),
    ],
)
def test_the_summary_counts_each_status(rows: list[model.Row], summary: str) -> None:
    assert model.Report(rows).summary() == summary


def test_text_of_aws_is_made_visible() -> None:
    result = model.Report([model.failed_row("a", "x\x1b[2J", "y\x07", "1"), model.ok("b", "z")]).result()
    assert result.columns == model.COLUMNS
    assert result.rows == [("a", "1", "failed", "x\\x1b[2J", "y\\x07"), ("b", None, "ok", "z", None)]


def test_the_lines_of_an_error_become_a_detail_and_a_next_step() -> None:
    row = model.error_row("a", IamsqlError("Bad.\nDo this.\nOr do that."), "unused")
    assert (row.status, row.detail, row.remediation) == ("failed", "Bad.", "Do this.; or do that.")
    assert model.error_row("a", IamsqlError("Bad."), "Look.").remediation == "Look."


def test_a_stopped_check_names_the_check_that_failed_first() -> None:
    assert model.stopped_row("c", "b").cause == "b"
    row = model.stopped_row("c", "b", "a", "1")
    assert (row.detail, row.cause, row.account) == ("The check `b` failed.", "a", "1")


@pytest.mark.parametrize(("text", "expected"), [("No", "No."), ("No.", "No."), ("Why?", "Why?"), ("", ".")])
def test_sentences_end(text: str, expected: str) -> None:
    assert model.with_full_stop(text) == expected
