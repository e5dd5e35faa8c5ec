"""Names that resemble a misspelled one."""

from __future__ import annotations

import pytest

from iamsql.query.arguments.near import MAX_COMPARED_CHARACTERS, similar_names

NAMES = ["CreateUser", "CreateUserGroup", "DeleteUser", "createuser", "PutObject"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("CreateUsr", ["CreateUser"]),
        ("CREATEUSER", ["CreateUser"]),
        ("zzz", []),
        ("", []),
        ("CreateUser" * 40, []),
        ("x" * (MAX_COMPARED_CHARACTERS + 1), []),
    ],
)
def test_only_matches_almost_as_good_as_the_best_are_returned(text: str, names: list[str]) -> None:
    assert similar_names(text, NAMES) == names


def test_the_number_and_the_similarity_are_limited() -> None:
    names = [f"user-{number}" for number in range(9)]
    assert len(similar_names("user-", names)) == 3 and len(similar_names("user-", names, limit=1)) == 1
    assert similar_names("usr", ["user"]) == ["user"] and similar_names("usr", ["user"], at_least=0.9) == []
