"""Tables in a browser: search, order, keyboard, files, and cards on a phone."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iamsql.escaping import escape_formulas
from iamsql.report.html.page import write_page
from tests.conftest import query, sample_run
from tests.report.html.browser import Opened, demo_page, needs_browser, new_page
from tests.report.html.page_rows import LISTED, results, row_counts
from tests.report.sample import sample_contents

pytestmark = [needs_browser, pytest.mark.slow]


def cells(opened: Opened, table: str, column: int) -> list[str]:
    """Return the texts of a column of the rows that are drawn."""
    return opened.texts(f"#{table} .rows .row > :nth-child({column})")


@pytest.mark.parametrize(
    ("table", "sql"),
    [
        ("map", "select count(*) from iamsql.accounts"),
        ("users", "select count(*) from aws_iam_user"),
        (
            "access-keys",
            """select (select count(*) from aws_iam_access_key) + count(*)
            from audit_report() where principal = 'root' and key_slot is not null""",
        ),
        ("skipped", "select count(*) from skipped_accounts()"),
        ("principal-risks", "select count(*) from top_risks() where kind <> 'account'"),
        ("account-risks", "select count(*) from top_risks() where kind = 'account'"),
    ],
)
def test_a_table_has_the_rows_of_sql(opened: Opened, table: str, sql: str) -> None:
    opened.open(demo_page())
    assert row_counts(opened, table) == (query(sample_run(), sql)[0][0],) * 2


def test_findings_equal_the_findings_of_check(opened: Opened) -> None:
    opened.open(demo_page())
    expected = [row for row in results() if row["status"] in LISTED]
    assert row_counts(opened, "findings") == (len(expected), len(expected))
    opened.page.select_option("#findings select[aria-label^=Severity]", "critical")
    opened.page.select_option("#findings select[aria-label^=Status]", "alarm")
    critical = [row for row in expected if row["severity"] == "critical" and row["status"] == "alarm"]
    assert row_counts(opened, "findings")[0] == len(critical)
    assert set(cells(opened, "findings", 1)) == {"critical"}
    with opened.page.expect_download() as download:
        opened.page.click("#findings button:has-text('Download CSV')")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"), newline="")))
    assert Counter((row["control"], row["resource"]) for row in rows) == Counter(
        (row["control"], row["resource"].lstrip()) for row in critical
    )


def test_search_needs_every_word_and_sort_has_two_directions(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.fill("#access-keys input[type=search]", "PAYMENTS ledger")
    assert set(cells(opened, "access-keys", 2)) == {"ledger"}
    opened.page.click("#access-keys button:has-text('Clear filters')")
    opened.page.click("#access-keys [data-key=user_name] button")
    names = cells(opened, "access-keys", 2)
    assert names == sorted(names)
    opened.page.click("#access-keys [data-key=user_name] button")
    assert opened.page.locator("#access-keys [data-key=user_name]").get_attribute("aria-sort") == "descending"
    names = cells(opened, "access-keys", 2)
    assert names == sorted(names, reverse=True)


def test_the_address_keeps_the_filters(opened: Opened, chromium: Any) -> None:
    opened.open(demo_page())
    opened.page.select_option("#users select[aria-label^=MFA]", "none")
    opened.page.fill("#users input[type=search]", "prod")
    opened.page.click("#users [data-key=user_name] button")
    address, rows = opened.page.url, cells(opened, "users", 2)
    other = new_page(chromium)
    other.page.goto(address)
    other.page.wait_for_selector("html[data-ready]")
    assert cells(other, "users", 2) == rows
    assert other.page.input_value("#users input[type=search]") == "prod"
    other.page.context.close()


def test_the_keyboard_reaches_every_row(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.focus("#findings [role=grid]")
    opened.page.keyboard.press("End")
    total = row_counts(opened, "findings")[0]
    assert (
        opened.page.locator("#findings [role=grid]").get_attribute("aria-activedescendant") == f"findings-{total - 1}"
    )
    opened.page.keyboard.press("ArrowUp")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("dialog[open]").count() == 1
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("dialog[open]").count() == 0
    assert opened.page.evaluate("document.activeElement.getAttribute('role')") == "grid"


def test_the_keyboard_sorts(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.focus("#users [data-key=account] button")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#users [data-key=user_name]").get_attribute("aria-sort") == "ascending"


def test_a_downloaded_name_is_not_a_formula(opened: Opened, tmp_path: Path) -> None:
    contents, path = sample_contents(), tmp_path / "report.html"
    column = contents.users.columns.index("user_name")
    formulas = [(*row[:column], f"=cmd,+@{row[column]}", *row[column + 1 :]) for row in contents.users.rows]
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_page(replace(contents, users=replace(contents.users, rows=formulas)), stream)
    opened.open(path)
    with opened.page.expect_download() as download:
        opened.page.click("#users button:has-text('Download CSV')")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"), newline="")))
    assert sorted(row["user_name"] for row in rows) == sorted(escape_formulas(row[column]) for row in formulas)
    assert all(row["user_name"].startswith("'=") for row in rows) and rows


def test_a_row_is_a_card_on_a_phone(chromium: Any) -> None:
    opened = new_page(chromium, viewport={"width": 390, "height": 900})
    opened.open(demo_page())
    for table in ("map", "findings", "access-keys", "users", "principal-risks", "skipped"):
        grid = opened.page.locator(f"#{table} [role=grid]")
        assert grid.evaluate("(e) => e.scrollWidth - e.clientWidth") == 0, table
    assert opened.page.locator("#findings .heads").is_hidden()
    opened.page.focus("#findings [role=grid]")
    opened.page.keyboard.press("End")
    assert opened.page.locator("#findings .row.active").is_visible()
    opened.page.context.close()


def test_scrolling_shows_every_row_in_order(opened: Opened) -> None:
    opened.open(demo_page())
    total, seen = row_counts(opened, "findings")[1], set[int]()
    grid = opened.page.locator("#findings [role=grid]")
    for _ in range(400):
        indexes = [
            int(row.get_attribute("data-index") or "") for row in opened.page.locator("#findings .rows .row").all()
        ]
        assert indexes == list(range(indexes[0], indexes[-1] + 1))
        seen.update(indexes)
        top = grid.evaluate(
            "(e) => { const top = e.scrollTop; e.scrollTop += 3 * e.clientHeight; return [top, e.scrollTop]; }"
        )
        if top[0] == top[1]:
            break
        opened.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert max(seen) == total - 1
