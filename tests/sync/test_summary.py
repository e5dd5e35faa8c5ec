"""The lines about the roles of administrators."""

from __future__ import annotations

import pytest

from iamsql.sync.summary import administrator_notes

CONTROL_TOWER = "arn:aws:iam::111111111111:role/AWSControlTowerExecution"
ORGANIZATION = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"


@pytest.mark.parametrize("roles", [[], ["arn:aws:iam::111111111111:role/iamsql"], ["role/AWSControlTowerExecution2"]])
def test_roles_that_can_only_read_have_no_note(roles: list[str]) -> None:
    assert administrator_notes(roles, is_limited=True) == []


def test_the_note_counts_the_accounts_of_each_role() -> None:
    other = ORGANIZATION.replace("2" * 12, "3" * 12)
    [note] = administrator_notes([ORGANIZATION, CONTROL_TOWER, other, "role/iamsql"], is_limited=True)
    assert note.startswith(
        "Administrator roles were assumed: AWSControlTowerExecution in 1 account, OrganizationAccountAccessRole in 2 accounts; "
        "a session policy limited each session"
    )


def test_the_note_says_that_a_session_was_not_limited() -> None:
    [note] = administrator_notes([CONTROL_TOWER], is_limited=False)
    assert "no_session_policy left each session every permission of an administrator" in note
