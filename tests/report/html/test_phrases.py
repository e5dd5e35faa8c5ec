"""The page has a phrase for each section."""

from __future__ import annotations

from iamsql.report.html.page import NAVIGATION, SECTIONS
from iamsql.report.html.phrases import phrases


def test_every_section_has_a_title() -> None:
    texts = phrases().texts
    assert [name for name in SECTIONS if name != "summary" and f"{name}.title" not in texts] == []
    assert [name for name in NAVIGATION if f"nav.{name}" not in texts] == []
