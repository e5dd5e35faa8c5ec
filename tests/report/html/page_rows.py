"""Rows of the page in a browser, and the expected results of controls."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from iamsql import catalog
from tests.report.html.browser import Opened

EXPECTED = Path(__file__).parents[2] / "controls" / "expected"
LISTED = ("alarm", "error", "muted", "info")


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
    parts = opened.page.locator(f"#{table} .count").inner_text().replace(",", "").split()
    return int(parts[0]), int(parts[2])
