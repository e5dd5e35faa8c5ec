"""The HTML report of a large organization: the time to write the page, its size, and how fast a browser works with it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

from benchmarks.large_organization import Size, build
from benchmarks.measurement import Measurement
from benchmarks.processes import run_process

SIZE = Size(users=7, roles=4, groups=3, policies=3)  # about 100,000 findings
DATA = f"{SIZE.accounts:,} accounts × {SIZE.users} users"
READY = "html[data-ready]"
# Set the search of the findings, and return the milliseconds until the rows are drawn, and the number of all findings.
SEARCH = """() => {
    const input = document.querySelector("#findings input");
    input.value = "access key";
    const start = performance.now();
    input.dispatchEvent(new Event("input"));
    document.querySelector("#findings .rows").getBoundingClientRect();
    return [performance.now() - start, document.querySelector("#findings .count").textContent];
}"""


def measure() -> Iterator[Measurement]:
    """Build a run file, evaluate its controls, write the page, and open it in Chromium if it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        path, page = Path(folder) / "large.duckdb", Path(folder) / "report.html"
        build(path, SIZE)
        check = run_process(
            [sys.executable, "-m", "iamsql", "check", "iamsql", "--output", "brief", "--run", str(path)]
        )
        cost = run_process([sys.executable, "-m", "iamsql", "report", str(page), "--trend", "0", "--run", str(path)])
        ratio, name = f"{cost.wall / check.wall:.1f}×", f"HTML report, {DATA}"
        figures = f"{cost.wall:.1f} s, {cost.memory:,.0f} MiB"
        reference = f"{check.wall:.1f} s to evaluate the controls"
        is_met = cost.exit_code == 0 and cost.wall < 10 and cost.memory < 1024
        yield Measurement(name, figures, reference, ratio, "under 10 s and 1 GiB", is_met)
        size = page.stat().st_size / 2**20
        yield Measurement(f"{name}: size", f"{size:.2f} MiB", "", "", "under 2.5 MiB", size < 2.5)
        if chromium := which("chromium") or which("google-chrome"):
            yield from _in_browser(page, chromium, name)


def _in_browser(page: Path, chromium: str, name: str) -> Iterator[Measurement]:
    from playwright.sync_api import sync_playwright  # measured only where Chromium is installed

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab: Any = browser.new_page()
        tab.goto(page.as_uri())
        tab.wait_for_selector(READY)
        ready = tab.evaluate("performance.now()")
        search, rows = tab.evaluate(SEARCH)
        session = tab.context.new_cdp_session(tab)
        session.send("HeapProfiler.collectGarbage")
        heap = tab.evaluate("performance.memory.usedJSHeapSize") / 2**20
        browser.close()
    yield Measurement(f"{name}: ready in Chromium", f"{ready:.0f} ms", "", "", "under 1 s", ready < 1000)
    yield Measurement(f"{name}: search, {rows}", f"{search:.0f} ms", "", "", "under 200 ms", search < 200)
    yield Measurement(f"{name}: heap", f"{heap:.0f} MiB", "", "", "under 50 MiB", heap < 50)
