"""Share fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.report.html.browser import Opened, browser, demo_page, new_page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    demo_page()  # before the browser starts, because Playwright runs an event loop in this thread and a sync needs one
    with browser() as started:
        yield started


@pytest.fixture
def opened(chromium: Any) -> Iterator[Opened]:
    opened_page = new_page(chromium)
    yield opened_page
    opened_page.page.context.close()
