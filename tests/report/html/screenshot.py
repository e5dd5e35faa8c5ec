"""Write docs/images/report.png, the picture of README: the beginning of the page of the sample organization."""

from __future__ import annotations

from pathlib import Path

from tests.report.html.browser import browser, demo_page, new_page

IMAGE = Path(__file__).parents[3] / "docs" / "images" / "report.png"

if __name__ == "__main__":
    page = demo_page()
    IMAGE.parent.mkdir(exist_ok=True)
    with browser() as chromium:
        opened = new_page(chromium, viewport={"width": 1280, "height": 1240})
        opened.open(page)
        opened.page.screenshot(path=IMAGE)
