"""The page in a browser: its numbers are as in SQL, its tables work, and nothing on it runs, loads or hides."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from iamsql import catalog
from iamsql.check.detections import COLUMNS, TYPES
from iamsql.escaping import escape_formulas
from iamsql.model import Result
from iamsql.report.contents import Events, Histogram
from iamsql.report.html.page import write_page
from tests.conftest import query, sample_run
from tests.report.html.browser import SCREENSHOTS, Opened, browser, demo_page, needs_browser, new_page
from tests.report.sample import sample_contents

pytestmark = [needs_browser, pytest.mark.slow]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
EXPECTED = Path(__file__).parents[2] / "controls" / "expected"
CASES = Path(__file__).parents[2] / "catalog" / "remediation_cases.json"
SECTIONS = (
    "summary", "first", "escalation", "map", "findings", "controls", "principal-risks", "access-keys", "users", "events", "skipped",
)  # fmt: skip
LISTED = ("alarm", "error", "muted", "info")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    demo_page()  # before the browser starts, because Playwright runs an event loop in this thread and a sync needs one
    with browser() as started:
        yield started


@pytest.fixture
def opened(chromium: Any) -> Iterator[Opened]:
    made = new_page(chromium)
    yield made
    made.page.context.close()


@cache
def results() -> list[dict[str, str]]:
    """Return the expected results of all controls over the sample organization, with the name and severity of the control."""
    controls = {name: versions[-1] for name, versions in catalog.load([catalog.shipped_folder()]).items()}
    rows = []
    for path in EXPECTED.glob("*.csv"):
        with path.open(newline="") as stream:
            severity = controls[path.stem].severity or "none"
            rows += [{"control": path.stem, "severity": severity, **row} for row in csv.DictReader(stream)]
    return rows


def row_counts(opened: Opened, table: str) -> tuple[int, int]:
    """Return the number of rows that a table shows, and of all its rows."""
    words = opened.page.locator(f"#{table} .count").inner_text().replace(",", "").split()
    return int(words[0]), int(words[2])


def cells(opened: Opened, table: str, column: int) -> list[str]:
    """Return the texts of a column of the rows that are drawn."""
    return opened.texts(f"#{table} .rows .row > :nth-child({column})")


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


def test_findings_are_those_of_check(opened: Opened) -> None:
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


def listed_principals() -> list[str]:
    """Return the users and roles whose rows the page has."""
    return list(dict.fromkeys(row[0] for row in sample_contents().principals.rows))


DEPLOY = "arn:aws:iam::666677778888:user/ci/deploy"


def address_of(arn: str) -> str:
    """Return the address of a principal."""
    return f"#principal={quote(arn, safe='')}"


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


def test_the_boxes_of_the_graph_and_the_steps_of_a_phone_are_links(opened: Opened, chromium: Any) -> None:
    opened.open(demo_page())
    boxes = opened.page.locator("#escalation .graph a")
    assert address_of(DEPLOY) in [link.get_attribute("href") for link in boxes.all()]
    assert opened.page.locator("#escalation .paths").is_hidden()
    drawing, panel = (opened.page.locator(name).bounding_box() for name in ("#escalation .graph svg", "#escalation"))
    assert drawing["x"] + drawing["width"] <= panel["x"] + panel["width"]
    boxes.first.click()
    assert opened.page.locator("#details[open]").is_visible()
    phone = new_page(chromium, viewport={"width": 390, "height": 900})
    phone.open(demo_page())
    assert phone.page.locator("#escalation .graph").is_hidden()
    assert phone.page.locator("#escalation .paths > li").count() == len(sample_contents().escalation)
    last = phone.texts("#escalation .paths > li li:last-child")
    assert set(last) == {"administrator"}
    phone.page.context.close()


@pytest.mark.parametrize(
    ("words", "kind", "part"),
    [
        ("root user access key", "Controls", "#control=root_no_access_key"),
        ("user ci deploy", "Users and roles", address_of(DEPLOY)),
        ("payments-test 8888", "Accounts", "findings.account="),
        ("olga unused", "Findings", "#finding="),
    ],
)
def test_the_search_finds_everything(opened: Opened, words: str, kind: str, part: str) -> None:
    opened.open(demo_page())
    opened.page.keyboard.press("/")
    assert opened.page.evaluate("document.activeElement.id") == "search-input"
    opened.page.keyboard.type(words)
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


def test_the_summary_says_what_is_wrong(opened: Opened) -> None:
    opened.open(demo_page())
    values = {number.key: number.value for number in sample_contents().numbers}
    verdict = opened.page.locator("#summary-title").inner_text()
    assert verdict.startswith(f"{values['alarms_critical']} critical and {values['alarms_high']} high alarms in ")
    assert f"{values['risky_admins']} principals" in verdict and "4 of 16 accounts were not read" in verdict
    assert opened.page.locator(".cards.large li").count() == 4
    assert opened.page.locator("#coverage").count() == 1
    assert "skipped_accounts" not in opened.page.locator("main").inner_text()


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


def test_an_unknown_result_has_the_commands_that_collect_its_data(opened: Opened) -> None:
    opened.open(demo_page())
    opened.page.select_option("#findings select[aria-label^=Status]", "error")
    opened.page.fill("#findings input[type=search]", "web-test")
    opened.page.click("#findings .rows .row >> nth=0")
    assert "iamsql query skipped_accounts" in opened.page.locator("dialog[open] pre").inner_text()


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


def test_a_downloaded_name_is_no_formula(opened: Opened, tmp_path: Path) -> None:
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


@pytest.mark.parametrize(("width", "most"), [(1400, 1_800), (768, 3_200), (390, 4_400)])
def test_the_findings_are_near_the_top_and_nothing_is_wider_than_the_window(
    chromium: Any, width: int, most: int
) -> None:
    opened = new_page(chromium, viewport={"width": width, "height": 900})
    opened.open(demo_page())
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.evaluate("document.documentElement.scrollHeight") < 14_000
    assert opened.page.locator("#findings-title").bounding_box()["y"] <= most
    assert opened.page.locator("#controls .control:visible").count() == 0
    right = "(e) => !e.closest('.grid, svg') && e.getBoundingClientRect().right > innerWidth"
    wide = f"[...document.querySelectorAll('main *')].filter({right}).length"
    assert opened.page.evaluate(wide) == 0
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for section in ("summary", "first", "map", "escalation", "controls", "findings", "events"):
        opened.page.locator(f"#{section}").screenshot(path=SCREENSHOTS / f"{section}-{width}.png")
    opened.page.context.close()


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
