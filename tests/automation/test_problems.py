"""A user reads all problems of a request at once, each on one line."""

from __future__ import annotations

import pytest

from iamsql.automation.problems import Problems, join_lines
from iamsql.model import IamsqlError


def raised(*messages: str) -> str:
    """Return the error of problems with these messages; '' without problems."""
    problems = Problems()
    for message in messages:
        with problems.collect():
            raise IamsqlError(message)
    try:
        problems.require_none()
    except IamsqlError as error:
        return str(error)
    return ""


def test_one_problem_is_raised_as_it_is_and_several_as_a_list() -> None:
    assert raised() == ""
    assert raised("no folder\nCreate it.") == "no folder\nCreate it."
    assert raised("no folder\nCreate it.", "no name", "no name").splitlines() == [
        "2 problems must be resolved first:",
        "  no folder. Create it.",
        "  no name",
    ]


def test_the_subject_comes_first_and_other_errors_are_raised() -> None:
    problems = Problems()
    with problems.collect("slack"):
        raise IamsqlError("no secret")
    with pytest.raises(IamsqlError, match=r"^slack: no secret$"):
        problems.require_none()
    with pytest.raises(KeyError), problems.collect():
        raise KeyError


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("Unable to locate credentials\nRenew them.", "Unable to locate credentials. Renew them."),
        ("It failed.\n\nRepeat it", "It failed. Repeat it"),
        ("Is it there?\nCreate it:\n  aws s3 mb", "Is it there? Create it: aws s3 mb"),
        ("one", "one"),
        ("", ""),
    ],
)
def test_lines_are_joined_as_sentences(message: str, line: str) -> None:
    assert join_lines(message) == line
