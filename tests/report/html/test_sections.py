"""The sections of controls in a browser, and sections without data."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from iamsql.check.detections import COLUMNS, TYPES
from iamsql.model import Result
from iamsql.report.contents import Events, Histogram
from iamsql.report.html.page import write_page
from tests.report.html.browser import Opened, demo_page, needs_browser
from tests.report.html.page_rows import results
from tests.report.sample import sample_contents

pytestmark = [needs_browser, pytest.mark.slow]


def test_an_unknown_result_has_the_commands_that_collect_its_data(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.select_option("#findings select[aria-label^=Status]", "error")
    opened.page.fill("#findings input[type=search]", "web-test")
    opened.page.click("#findings .rows .row >> nth=0")
    assert "iamsql query skipped_accounts" in opened.page.locator("dialog[open] pre").inner_text()


def test_controls_filter_and_show_what_to_do(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.fill("#controls input", "Access Keys are rotated")
    titles = opened.texts("#controls .control:visible .title")
    assert titles == ["Ensure access keys are rotated every 90 days or less"]
    opened.page.click("#controls .control:visible summary")
    assert "--access-key-id ACCESS_KEY_ID" in opened.page.locator("#controls .control:visible pre").inner_text()
    with opened.page.expect_download() as download:
        opened.page.click("#controls button:has-text('Download CSV')")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"), newline="")))
    assert [row["control"] for row in rows] == ["access_key_rotated"]
    expected = Counter(row["status"] for row in results() if row["control"] == "access_key_rotated")
    assert {status: int(rows[0][status]) for status in expected} == expected


def test_a_section_that_was_not_collected_says_so(opened: Opened, tmp_path: Path) -> None:
    none, path = Result((), []), tmp_path / "narrow.html"
    missing = {section: f"The run did not collect {section}." for section in ("keys", "users", "risks", "escalation")}
    contents = replace(
        sample_contents(),
        keys=none, users=none, risks=none, key_age=Histogram([]), key_use=Histogram([]), escalation=[], escalation_total=None,
        events=Events([], Result(COLUMNS, [], TYPES)), skipped=[], account_map=[], missing=missing, incomplete={},
    )  # fmt: skip
    with path.open("w", encoding="utf-8") as stream:
        write_page(contents, stream)
    opened.open(path)
    assert opened.messages == []
    for section in ("keys", "access-keys", "users", "principal-risks", "account-risks", "escalation"):
        assert "The run did not collect" in opened.page.locator(f"#{section}").inner_text()
    assert "No escalation path" not in opened.page.locator("#escalation").inner_text()
    assert opened.page.locator("#users [role=grid]").count() == 0
