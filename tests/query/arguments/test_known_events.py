"""AWS and the run define the names of events."""

from __future__ import annotations

import pytest

from iamsql.query.arguments.known_events import SIGN_IN_EVENTS, checked_event
from iamsql.query.arguments.problems import ArgumentError


@pytest.mark.parametrize(
    ("text", "name"),
    [("createuser", "CreateUser"), ("ListObjectsV2", "ListObjectsV2"), ("CONSOLELOGIN", "ConsoleLogin")],
)
def test_a_known_name_has_the_spelling_of_aws(text: str, name: str) -> None:
    assert checked_event(text) == (name, "")


def test_each_event_of_a_sign_in_is_listed() -> None:
    assert {checked_event(name.lower())[0] for name in SIGN_IN_EVENTS} == SIGN_IN_EVENTS


def test_an_exact_name_of_the_run_is_recognized() -> None:
    assert checked_event("Odd", {"Odd"}) == ("Odd", "")
    with pytest.raises(ArgumentError) as caught:
        checked_event("OddThng", {"OddThing"})
    assert caught.value.near == ("OddThing",)


def test_a_new_name_has_a_note_and_another_text_is_a_problem() -> None:
    name, note = checked_event("ZqxjWvkBrand1")
    assert name == "ZqxjWvkBrand1" and "is not in iamsql's list of events of 20" in note
    for text in ("Zqxj Wvk", "Zqxj'; drop", "Zqxjé", ""):
        with pytest.raises(ArgumentError, match="is not the name of an event"):
            checked_event(text)
