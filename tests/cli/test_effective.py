"""The values of settings as text; a secret is never shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from iamsql.catalog.settings.declarations import SETTINGS_BY_SECTION, TEXTS
from iamsql.cli.effective import MASKED_VALUE, EffectiveValue, format_setting

SETTING = replace(SETTINGS_BY_SECTION["sync"][0], secret=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("a", "a"),
        (7, "7"),
        (True, "true"),
        (("a", "b"), "a, b"),
        ([False, 1], "false, 1"),
        ((), ""),
    ],
)
def test_a_value_is_text(value: Any, text: str) -> None:
    assert format_setting(value) == text
    assert EffectiveValue(SETTING, value, "default").text == text


def test_of_a_secret_only_the_kinds_are_shown() -> None:
    secret = replace(SETTING, secret=True, form="text")
    assert EffectiveValue(secret, "canary", "default").text == MASKED_VALUE
    assert EffectiveValue(secret, "", "default").text == ""
    targets = replace(secret, form=TEXTS)
    text = EffectiveValue(targets, ("webhook:https://x.example/canary", "slack"), "default").text
    assert text == "webhook:…, slack"
