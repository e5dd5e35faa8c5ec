"""The page has a phrase for each section."""

from __future__ import annotations

import pytest

from iamsql.report.html.page import NAVIGATION, SECTIONS
from iamsql.report.html.phrases import Phrases, phrases


def test_every_section_has_a_title() -> None:
    texts = phrases().texts
    assert [name for name in SECTIONS if name != "summary" and f"{name}.title" not in texts] == []
    assert [name for name in NAVIGATION if f"nav.{name}" not in texts] == []


def test_values_replace_placeholders_and_an_unknown_key_is_an_error() -> None:
    say = Phrases({"a": "{n} of <b>", "word.alarm": "Alarm!", "column.user_name": "user", "age": "days"})
    assert say.phrase("a", n="{x}") == "{x} of <b>"
    assert say.phrase("a") == "{n} of <b>"
    with pytest.raises(KeyError):
        say.phrase("b")


def test_a_value_or_column_without_a_label_is_shown_by_its_name() -> None:
    say = Phrases({"word.alarm": "Alarm!", "column.user_name": "user", "age": "days"})
    assert [say.word("alarm"), say.word("assume_role_failed")] == ["Alarm!", "assume role failed"]
    assert [say.label("user_name"), say.label("age"), say.label("mfa_type")] == ["User", "Days", "Mfa type"]
