"""The top of the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iamsql.report.html.overview import without_pointer
from iamsql.report.html.page import write_page
from tests.report.html.browser import Opened, demo_page, needs_browser
from tests.report.sample import sample_contents


def test_a_sentence_about_missing_data_does_not_name_the_query_that_the_page_replaces() -> None:
    note = "1 of 3 accounts not read in full: 1 AssumeRole failed"
    assert without_pointer(f"{note}. See: iamsql query skipped_accounts") == f"{note}."
    assert without_pointer(f"{note}.") == f"{note}."


@needs_browser
@pytest.mark.slow
def test_the_summary_says_what_is_wrong(opened: Opened) -> None:
    opened.open(demo_page())
    values = {number.key: number.value for number in sample_contents().numbers}
    verdict = opened.page.locator("#summary-title").inner_text()
    assert verdict.startswith(f"{values['alarms_critical']} critical and {values['alarms_high']} high alarms in ")
    assert f"{values['risky_admins']} principals" in verdict and "4 of 16 accounts were not read" in verdict
    assert opened.page.locator(".cards.large li").count() == 4
    assert opened.page.locator("#coverage").count() == 1
    assert "skipped_accounts" not in opened.page.locator("main").inner_text()


@needs_browser
@pytest.mark.slow
def test_five_controls_come_first_with_what_to_do(opened: Opened) -> None:
    opened.open(demo_page())
    urgent = sample_contents().urgent
    items = opened.page.locator(".urgent > li")
    assert items.count() == len(urgent) == 5
    for item, control in zip(items.all(), urgent, strict=True):
        text = item.inner_text()
        assert control.title in text and control.reason in text and (control.command or control.advice) in text
    items.first.locator(".what > a").click()
    opened.wait_in_view(f"#control-{urgent[0].name} summary")


@needs_browser
@pytest.mark.slow
def test_what_changed_compares_runs_of_one_scope(opened: Opened, tmp_path: Path) -> None:
    contents, path = sample_contents(), tmp_path / "since.html"
    started = contents.heading.started_at
    assert started
    numbers = [
        replace(number, trend=[(started, (number.value or 0) - 2), (started, number.value)])
        for number in contents.numbers
    ]
    with path.open("w", encoding="utf-8") as stream:
        write_page(replace(contents, numbers=numbers), stream)
    opened.open(path)
    assert "Critical alarms +2 (" in opened.page.locator("#since").inner_text()
    assert opened.page.locator(".cards.large svg").count() == 4
    with path.open("w", encoding="utf-8") as stream:
        write_page(replace(contents, other_scope=("RUN", "More was read: 3 tables (a, b, c).")), stream)
    opened.open(path)
    opened.page.reload()
    text = opened.page.locator("#since").inner_text()
    assert "RUN, had another scope" in text and "More was read: 3 tables (a, b, c)." in text and "+" not in text
