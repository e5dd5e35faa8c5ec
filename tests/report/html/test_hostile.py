"""Hostile text in every field of the contents is shown as text, and does nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import Result
from iamsql.report.contents import Contents
from iamsql.report.html.page import write_page
from tests.report.html.browser import Opened, browser, needs_browser, new_page
from tests.report.sample import sample_contents

pytestmark = needs_browser
EVIL = (
    "</script><script>window.evil=1</script><img src=x onerror=window.evil=1>\"'><svg onload=window.evil=1>{{7*7}}${7*7}"
    "javascript:window.evil=1 </style></title><!--\u202e\x1b[31m\n\r\u2028&lt;"
)
# Words that select a class or a phrase, and identifiers that other fields refer to.
KEPT = {"key", "severity", "status", "outcome", "name", "benchmark", "family", "account_id", "control", "verdict"}
ACTIVE = "img, iframe, object, embed, form, main script, dialog script, svg svg, [onerror], [onload], [onclick], [style*=url]"
TABLES = ("map", "principal-risks", "findings", "access-keys", "users", "changes", "skipped", "events")


def hostile(value: Any, field: str = "") -> Any:
    """Return a value with hostile text before each text, in dataclasses and results also."""
    if isinstance(value, str):
        return value if field in KEPT else EVIL + value
    if isinstance(value, Result):
        return hostile_rows(value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: hostile(getattr(value, one.name), one.name) for one in fields(value)}
        return replace(value, **changed)
    if isinstance(value, list | tuple) and not (value and isinstance(value[0], tuple)):
        return [hostile(item, field) for item in value]
    return value


def hostile_rows(result: Result) -> Result:
    """Return a result with hostile text in the first rows."""
    columns = [(name, kind) for name, kind in zip(result.columns, result.types, strict=True)]

    def cell(value: Any, name: str, kind: str) -> Any:
        if value is None or name in KEPT or kind not in ("VARCHAR", "JSON"):
            return value
        return json.dumps({EVIL: EVIL}) if kind == "JSON" else EVIL + value

    rows = [
        tuple(cell(value, *column) for value, column in zip(row, columns, strict=True)) for row in result.rows[:200]
    ]
    return Result(result.columns, rows, result.types)


def hostile_contents() -> Contents:
    """Return the contents of the sample organization with hostile text in every field."""
    contents: Contents = hostile(sample_contents())
    names = ("change", "kind", "account_id", "account_name", "name", "column_name", "old_value", "new_value", "reason")
    changes = Result(names, [(EVIL,) * 2 + ("111122223333",) + (EVIL,) * 6], ("VARCHAR",) * len(names))
    missing = dict.fromkeys(("keys", "users", "escalation", "risks", "findings", "events", "changes"), EVIL)
    titles = [(name, EVIL + title) for name, title in contents.benchmarks]
    parameters = {name: {"days": EVIL} for name in contents.parameters}
    contents = replace(contents, missing=missing, incomplete=missing, other_scope=(EVIL, EVIL))
    return replace(contents, changes=changes, benchmarks=titles, parameters=parameters)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_page(hostile_contents(), stream)
    return path


@pytest.fixture
def opened(page: Path) -> Iterator[Opened]:
    with browser() as chromium:
        opened_page = new_page(chromium)
        opened_page.open(page)
        yield opened_page


@pytest.mark.slow
def test_hostile_text_does_nothing_but_show(opened: Opened) -> None:
    for table in TABLES:
        opened.page.locator(f"#{table} .rows .row > :nth-child(1)").first.click(force=True)
        if table != "map":  # a row of the map leads to its findings
            assert opened.page.locator("dialog[open] dl").inner_text()
            opened.page.keyboard.press("Escape")
    assert opened.page.evaluate("window.evil") is None
    assert opened.page.locator(ACTIVE).count() == 0
    assert opened.messages == []
    assert len(opened.requests) == 1
    for table in ("principal-risks", "findings", "access-keys", "users", "skipped", "events"):
        assert "<script>window.evil=1</script>" in opened.page.locator(f"#{table} .rows").inner_text(), table
    assert "{{7*7}}" in opened.page.locator("#controls").inner_text()
