"""Chromium for the tests of the page, and the pages. `make test` skips these tests without Chromium; CI installs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from iamsql.report.html.page import write_page
from tests.fixtures import ROOT, built_once
from tests.report.sample import sample_contents

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("IAMSQL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
REQUIRED = os.environ.get("IAMSQL_BROWSER_TESTS") == "required"  # as in CI, where no test may be skipped unseen
needs_browser = pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="Chromium is not installed")
# Chromium's own services would make requests, which the tests exclude.
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip
READY = "html[data-ready]"
SCREENSHOTS = ROOT / "build" / "screenshots"


@dataclass
class Opened:
    """A page in the browser, with the messages that it logged and the requests that it made."""

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file and wait for its tables."""
        self.page.goto(f"{path.as_uri()}{fragment}")
        self.page.wait_for_selector(READY)

    def wait_in_view(self, selector: str) -> None:
        """Wait until an element is in the window, without a function in the page, which its policy forbids."""
        from playwright.sync_api import expect

        expect(self.page.locator(selector)).to_be_in_viewport()

    def texts(self, selector: str) -> list[str]:
        """Return the texts of the elements."""
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium."""
    from playwright.sync_api import sync_playwright  # only here, because the tests without a browser do not need it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield chromium
        chromium.close()


def new_page(chromium: Any, **options: Any) -> Opened:
    """Return a new page of a window of 1280 × 900 pixels, in light colors."""
    settings = {
        "viewport": {"width": 1280, "height": 900},
        "color_scheme": "light",
        "accept_downloads": True,
        **options,
    }
    opened = Opened(chromium.new_context(**settings).new_page())
    opened.page.on("console", lambda message: opened.messages.append(message.text))
    opened.page.on("pageerror", lambda error: opened.messages.append(str(error)))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    return opened


def _write_demo(folder: Path) -> None:
    with (folder / "page.html").open("w", encoding="utf-8", newline="") as stream:
        write_page(sample_contents(), stream)


def demo_page() -> Path:
    """Return the page of the sample organization, which all workers share."""
    return built_once("page", _write_demo, Path(__file__)) / "page.html"
