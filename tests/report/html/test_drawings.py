"""The graph in a browser, and its steps on a phone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.html.browser import Opened, demo_page, needs_browser, new_page
from tests.report.html.principals import DEPLOY, address_of
from tests.report.sample import sample_contents

pytestmark = [needs_browser, pytest.mark.slow]


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
