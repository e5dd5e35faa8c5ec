"""The page in a browser: its numbers are as in SQL, its tables work, and nothing on it runs, loads or hides."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iamsql.report.html.page import write_page
from tests.conftest import query, sample_run
from tests.report.html.browser import SCREENSHOTS, Opened, demo_page, needs_browser, new_page
from tests.report.html.page_rows import results, row_counts
from tests.report.html.principals import DEPLOY, address_of
from tests.report.sample import sample_contents

pytestmark = [needs_browser, pytest.mark.slow]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CASES = Path(__file__).parents[2] / "catalog" / "remediation_cases.json"
SECTIONS = (
    "summary", "first", "escalation", "map", "findings", "controls", "principal-risks", "access-keys", "users", "events", "skipped",
)  # fmt: skip


def test_the_page_is_quiet_and_complete(opened: Opened) -> None:
    path = demo_page()
    opened.open(path)
    assert opened.requests == [path.as_uri()]
    assert opened.messages == []
    assert [name for name in SECTIONS if not opened.page.locator(f"section#{name} h2").count()] == []
    assert opened.texts("nav a") == [opened.page.locator(f"nav a[href='#{name}']").inner_text() for name in SECTIONS]
    assert path.stat().st_size < 600_000


def test_key_numbers_equal_sql(opened: Opened) -> None:
    opened.open(demo_page())
    run = sample_run()
    number = {
        element.get_attribute("data-number"): int(element.inner_text().replace(",", "").split()[-1])
        for element in opened.page.locator("[data-number]").all()
    }
    [(users, keys, old)] = query(
        run,
        """select (select count(*) from aws_iam_user),
            count(*) filter (status = 'Active'),
            count(*) filter (status = 'Active' and create_date <= as_of() - interval 90 days)
        from aws_iam_access_key where user_name is distinct from '<root_account>'""",
    )
    alarms = Counter(row["severity"] for row in results() if row["status"] == "alarm")
    assert number["users"] == users
    assert number["active_keys"] == keys
    assert number["old_keys"] == old
    assert {name: number[f"alarms_{name}"] for name in ("critical", "high", "medium", "low")} == {
        name: alarms[name] for name in ("critical", "high", "medium", "low")
    }
    assert number["unknown"] == sum(row["status"] == "error" for row in results())
    [(root_users,)] = query(
        run, "select count(*) from root_keys() where state in ('active key', 'inactive key', 'key present')"
    )
    assert number["root_keys"] == root_users


def test_the_accounts_are_listed_by_outcome(opened: Opened) -> None:
    opened.open(demo_page())
    outcomes = query(sample_run(), "select outcome, count(*) from iamsql.accounts group by all")
    badges = {
        element.locator(".badge").get_attribute("class").split()[1]: int(element.locator("b").inner_text())
        for element in opened.page.locator(".outcomes li").all()
    }
    assert sum(badges.values()) == sum(number for _, number in outcomes)
    assert badges["assume_role_failed"] == dict(outcomes)["assume_role_failed"]
    assert row_counts(opened, "map")[1] == sum(badges.values())


@pytest.mark.parametrize(
    ("search_text", "kind", "part"),
    [
        ("root user access key", "Controls", "#control=root_no_access_key"),
        ("user ci deploy", "Users and roles", address_of(DEPLOY)),
        ("payments-test 8888", "Accounts", "findings.account="),
        ("olga unused", "Findings", "#finding="),
    ],
)
def test_the_search_finds_everything(opened: Opened, search_text: str, kind: str, part: str) -> None:
    opened.open(demo_page())
    opened.page.keyboard.press("/")
    assert opened.page.evaluate("document.activeElement.id") == "search-input"
    opened.page.keyboard.type(search_text)
    assert kind in opened.texts("#search-results .kind")
    links = [link.get_attribute("href") or "" for link in opened.page.locator("#search-results a").all()]
    assert [link for link in links if part in link]
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#search-results").is_hidden()
    opened.page.keyboard.type(" ")
    first = opened.page.locator("#search-results a").first.get_attribute("href") or ""
    opened.page.keyboard.press("Enter")
    assert opened.page.url.endswith(first)


def test_a_search_without_a_match_says_so(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.fill("#search-input", "no such thing <b>")
    assert opened.page.locator("#search-results").inner_text() == "No match"


def test_events_by_name_are_said_before_the_events(opened: Opened, tmp_path: Path) -> None:
    contents, path = sample_contents(), tmp_path / "events.html"
    events = replace(contents.events, names_only="Not all CloudTrail events of 3 accounts were read.")
    with path.open("w", encoding="utf-8") as stream:
        write_page(replace(contents, events=events), stream)
    opened.open(path)
    assert "Not all CloudTrail events were read" in opened.page.locator("#coverage").inner_text()
    note, chart = (opened.page.locator(name).bounding_box() for name in ("#events .note", "#events .drawing"))
    assert note["y"] < chart["y"]


def test_the_title_names_the_benchmark(opened: Opened, tmp_path: Path) -> None:
    contents, path = sample_contents(), tmp_path / "cis.html"
    with path.open("w", encoding="utf-8") as stream:
        write_page(replace(contents, benchmarks=[("cis_v7.0", "CIS AWS Foundations Benchmark v7.0")]), stream)
    opened.open(path)
    assert opened.page.title().startswith("CIS AWS Foundations Benchmark v7.0 · AWS identity report")
    assert opened.page.locator("h1").inner_text() == "CIS AWS Foundations Benchmark v7.0 · AWS identity report"


def test_no_text_is_cut(opened: Opened) -> None:
    opened.open(demo_page())
    assert "…" not in opened.page.locator("main").inner_text()
    cut = "[...document.querySelectorAll('.cell')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText)"
    assert opened.page.evaluate(cut) == []
    for code in ("mfa.none", "privilege.full"):
        assert code not in opened.page.locator("main").inner_text()


def test_remediation_is_filled_in_as_by_python(opened: Opened) -> None:
    assets = Path(__file__).parents[3] / "iamsql" / "report" / "html" / "assets"
    script = (assets / "cells.js").read_text()
    opened.page.goto("about:blank")
    fill_in = f"""(cases) => {{
        document.documentElement.lang = 'en';
        const PHRASES = {{}};
        {script}
        return cases.map((one) => fillIn(one.template, one.values));
    }}"""
    cases = json.loads(CASES.read_text())
    assert opened.page.evaluate(fill_in, cases) == [case["expected"] for case in cases]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(chromium: Any, scheme: str) -> None:
    opened = new_page(chromium, color_scheme=scheme)
    opened.open(demo_page())
    opened.page.evaluate(AXE.read_text())
    violations = opened.page.evaluate("async () => (await axe.run()).violations")
    opened.page.click("#findings .rows .row >> nth=0")
    violations += opened.page.evaluate("async () => (await axe.run('dialog')).violations")
    assert [
        (item["id"], item["nodes"][0]["html"][:200]) for item in violations if item["impact"] in ("serious", "critical")
    ] == []
    opened.page.context.close()


def test_a_past_state_is_at_the_top(opened: Opened, tmp_path: Path) -> None:
    contents, path = sample_contents(), tmp_path / "past.html"
    heading = replace(contents.heading, base_run="<img src=x>", changes=1234)
    with path.open("w", encoding="utf-8") as stream:
        write_page(replace(contents, heading=heading), stream)
    opened.open(path)
    assert opened.messages == []
    note = opened.page.locator("#past")
    assert note.is_visible() and note.bounding_box()["y"] < 250
    assert "<img src=x> with the IAM events until then. Changes from events: 1,234." in note.inner_text()
    assert "run" not in opened.page.locator(".facts").inner_text().lower().split()
    opened.open(demo_page())
    assert opened.page.locator("#past").count() == 0


@pytest.mark.parametrize(("width", "max_y"), [(1400, 1_800), (768, 3_200), (390, 4_400)])
def test_the_findings_are_near_the_top_and_nothing_is_wider_than_the_window(
    chromium: Any, width: int, max_y: int
) -> None:
    opened = new_page(chromium, viewport={"width": width, "height": 900})
    opened.open(demo_page())
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.evaluate("document.documentElement.scrollHeight") < 14_000
    assert opened.page.locator("#findings-title").bounding_box()["y"] <= max_y
    assert opened.page.locator("#controls .control:visible").count() == 0
    right = "(e) => !e.closest('.grid, svg') && e.getBoundingClientRect().right > innerWidth"
    wide = f"[...document.querySelectorAll('main *')].filter({right}).length"
    assert opened.page.evaluate(wide) == 0
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for section in ("summary", "first", "map", "escalation", "controls", "findings", "events"):
        opened.page.locator(f"#{section}").screenshot(path=SCREENSHOTS / f"{section}-{width}.png")
    opened.page.context.close()


def test_the_page_prints_the_most_severe_findings_on_few_pages(opened: Opened, tmp_path: Path) -> None:
    opened.open(demo_page())
    heading = sample_contents().heading
    path = tmp_path / "page.pdf"
    opened.page.pdf(path=path, prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 (\d+)", path.read_bytes())
    assert 3 < len(sizes) <= 12
    assert sizes[0] == b"594" and set(sizes[1:]) == {b"841"}  # the first page upright, the others across
    opened.page.emulate_media(media="print")
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    about = opened.page.locator("header .about-run").inner_text()
    for text in (heading.run_id, heading.digest, f"iamsql {heading.version}", "All controls"):
        assert text in about
    assert opened.page.locator(".toolbar input:visible, .toolbar select:visible, .toolbar button:visible").count() == 0
    urgent = [row for row in results() if row["severity"] in ("critical", "high") and row["status"] == "alarm"]
    assert opened.page.locator("#findings .rows .row").count() == len(urgent)
    assert (
        f"the {len(urgent)} of {len(urgent)} critical and high alarms"
        in opened.page.locator("#findings .count").inner_text()
    )
    assert opened.page.locator("#map .rows .row").count() == row_counts(opened, "map")[1]
    opened.page.set_viewport_size({"width": 1047, "height": 718})  # A4 across, without margins
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1047
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert row_counts(opened, "findings")[0] > len(urgent)
