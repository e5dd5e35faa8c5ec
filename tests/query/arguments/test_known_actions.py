"""Actions and events are compared with the shipped lists of AWS's names."""

from __future__ import annotations

import pytest

from iamsql.query.arguments.known_actions import checked_action, checked_service
from iamsql.query.arguments.known_events import checked_event
from iamsql.query.arguments.problems import ArgumentError


@pytest.mark.parametrize(
    ("text", "action"),
    [("iam:CreateUser", "iam:CreateUser"), ("IAM:createuser", "iam:CreateUser"), ("s3:Get*", "s3:Get*"), ("*", "*")],
)
def test_a_known_action_has_the_spelling_of_aws(text: str, action: str) -> None:
    assert checked_action(text) == (action, "")


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("CreateUser", ("iam:CreateUser",)),
        ("iam:PasRole", ("iam:PassRole",)),
        ("ima:CreateUser", ("iam:CreateUser",)),
        ("\u0456am:CreateUser", ("iam:CreateUser",)),
        ("s3:Gt_*", ()),
        ("iam:'; drop table x", ()),
        ("iam:Create\x00User\x1b", ()),
        ("x" * 1_000_000, ()),
        ("", ()),
    ],
)  # fmt: skip
def test_another_text_is_a_problem_with_near_actions(text: str, near: tuple[str, ...]) -> None:
    with pytest.raises(ArgumentError) as caught:
        checked_action(text)
    assert caught.value.near[: len(near)] == near
    error = str(caught.value.error("can", "action"))
    assert len(error) < 500 and "\x1b" not in error and "\x00" not in error


def test_an_action_that_cannot_be_checked_has_a_note() -> None:
    for text, action in (("newservice:DoIt!", "newservice:DoIt"), ("iam:NewThing!", "iam:NewThing")):
        checked, note = checked_action(text)
        assert checked == action and "is not in iamsql's list of actions of 20" in note
    for text in ("newservice:DoIt", "newservice:*", "newservice:Do*!"):
        with pytest.raises(ArgumentError):
            checked_action(text)


def test_services_and_events() -> None:
    assert checked_service("IAM") == "iam"
    assert checked_event("createuser") == ("CreateUser", "")
    assert checked_event("ListObjectsV2") == ("ListObjectsV2", "") and checked_event("ConsoleLogin") == (
        "ConsoleLogin",
        "",
    )
    assert checked_event("Odd", {"Odd"}) == ("Odd", "")
    with pytest.raises(ArgumentError) as caught:
        checked_event("CreateUsr")
    assert caught.value.near[0] == "CreateUser"
    with pytest.raises(ArgumentError):
        checked_service("iamm")
