"""Addresses in a browser: principals, controls, findings and filters."""

from __future__ import annotations

import csv
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.conftest import query, sample_run
from tests.report.html.browser import Opened, demo_page, needs_browser, new_page
from tests.report.html.page_rows import EXPECTED, LISTED, results, row_counts
from tests.report.html.principals import DEPLOY, address_of
from tests.report.sample import sample_contents

pytestmark = [needs_browser, pytest.mark.slow]


def listed_principals() -> list[str]:
    """Return the users and roles whose rows the page has."""
    return list(dict.fromkeys(row[0] for row in sample_contents().principals.rows))


def test_each_user_of_the_sample_organization_leads_to_its_page(opened: Opened) -> None:
    opened.open(demo_page())
    assert {arn for arn in listed_principals() if ":user/" in arn} == {
        arn for (arn,) in query(sample_run(), "select arn from aws_iam_user")
    }
    links = opened.page.locator("#users a.principal")
    assert links.count() == opened.page.locator("#users .rows .row").count()
    name = links.first.inner_text()
    links.first.click()
    assert opened.page.locator("#details h2").inner_text().endswith(f"/{name}")
    assert "Sign-in" in opened.texts("#details h3")


def test_the_page_of_a_principal_has_the_rows_of_the_query_and_its_findings(opened: Opened) -> None:
    with (EXPECTED.parents[1] / "queries" / "expected" / "principal_report.csv").open(newline="") as stream:
        expected_rows = [row for row in csv.DictReader(stream) if row["section"] != "finding"]
    opened.open(demo_page(), address_of(DEPLOY))
    rows = [row for row in sample_contents().principals.rows if row[0] == DEPLOY]
    assert [row[3:5] for row in rows if row[3] != "finding"] == [(row["section"], row["item"]) for row in expected_rows]
    assert opened.page.locator("#details dt").count() == len(rows)
    alarms = [row for row in results() if row["resource"] == DEPLOY and row["status"] in LISTED]
    assert opened.page.locator("#details .plain li").count() == len(alarms)


@pytest.mark.parametrize("table", ["findings", "access-keys", "principal-risks", "events"])
def test_a_name_in_a_table_or_in_its_details_leads_to_the_principal(opened: Opened, table: str) -> None:
    opened.open(demo_page())
    opened.page.fill(f"#{table} input[type=search]", "deploy" if table == "findings" else "")
    link = opened.page.locator(f"#{table} a.principal").first
    assert parse_qs((link.get_attribute("href") or "").removeprefix("#"))["principal"][0] in listed_principals()
    row = opened.page.locator(f"#{table} .rows .row").filter(has=opened.page.locator("a.principal")).first
    row.locator("> :nth-child(1)").click()
    opened.page.locator("#details a.principal").first.click()
    assert opened.page.locator("#details[open] .about").inner_text() in listed_principals()


def test_a_dialog_keeps_the_filters_and_leaves_the_address(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.fill("#users input[type=search]", "deploy")
    opened.page.locator("#users a.principal").first.click()
    assert "principal=" in opened.page.url and opened.page.input_value("#users input[type=search]") == "deploy"
    opened.page.keyboard.press("Escape")
    opened.page.wait_for_url("**#users.q=deploy")


def test_a_control_has_an_address_and_links(opened: Opened) -> None:
    opened.open(demo_page(), "#control=access_key_rotated")
    control = opened.page.locator("#control-access_key_rotated")
    opened.wait_in_view("#control-access_key_rotated summary")
    assert control.locator(".more").is_visible()
    page = control.locator("a[rel]").get_attribute("href") or ""
    assert page.endswith("/docs/queries/access_key_rotated.md")
    assert "CIS v7.0 2.12" in control.locator(".chip").all_inner_texts()
    assert "`" not in control.inner_text() and "{" not in control.inner_text()
    opened.open(demo_page(), "#control=missing")
    opened.page.reload()
    assert "not in this report" in opened.page.locator("#notice").inner_text()


def test_a_finding_links_to_its_control(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.locator("#findings .rows .row").first.click()
    opened.page.locator("#details .links a").first.click()
    assert opened.page.locator("#details[open]").count() == 0
    assert opened.page.locator("#controls .control[open]").count() == 1


def test_an_address_of_filters_scrolls_to_the_table(opened: Opened) -> None:
    opened.open(demo_page(), "#findings.q=ledger")
    opened.wait_in_view("#findings-title")


def test_each_finding_has_a_link_to_itself(opened: Opened, chromium: Any) -> None:
    opened.open(demo_page())
    opened.page.fill("#findings input[type=search]", "olga AKIA unused")
    opened.page.click("#findings .rows .row >> nth=0")
    dialog = opened.page.locator("dialog[open]")
    title, link = dialog.locator("h2").inner_text(), dialog.locator("a.link").get_attribute("href")
    assert "aws iam" in dialog.locator("pre").inner_text()
    other = new_page(chromium)
    other.open(demo_page(), link or "")
    assert other.page.locator("dialog[open] h2").inner_text() == title
    assert "user/olga" in other.page.locator("dialog[open] dl").inner_text()
    other.page.context.close()


def test_a_link_to_a_finding_that_is_gone_says_so(opened: Opened) -> None:
    opened.open(demo_page(), "#finding=root_mfa~x~y~z~")
    assert "not in this report" in opened.page.locator("#notice").inner_text()


def test_a_cell_of_the_map_leads_to_its_findings(opened: Opened) -> None:
    opened.open(demo_page())
    tile = opened.page.locator("#map .tile.alarm").first
    number = int(tile.inner_text().split()[0])
    tile.click()
    opened.page.locator(f"#findings .count:has-text('{number} of')").wait_for()  # the address changes before the table
    assert row_counts(opened, "findings")[0] == number
    assert opened.page.locator("#findings .count").is_visible()


@pytest.mark.parametrize(
    ("key", "table"),
    [
        ("alarms_critical", "findings"), ("alarms_low", "findings"), ("unknown", "findings"),
        ("users_without_mfa", "users"), ("accounts_missing", "skipped"), ("users", "users"),
    ],
)  # fmt: skip
def test_a_key_number_leads_to_the_rows_that_it_counts(opened: Opened, key: str, table: str) -> None:
    opened.open(demo_page())
    card = opened.page.locator(f".cards li:has([data-number={key}])")
    number = int(card.locator(".value").inner_text().replace(",", "").split()[-1])
    card.locator("a").click()
    if key == "accounts_missing":
        number = len(query(sample_run(), "from skipped_accounts()"))
    opened.page.locator(f"#{table} .count:has-text('{number:,} of')").wait_for()
    opened.wait_in_view(f"#{table}")
