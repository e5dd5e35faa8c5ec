"""The steps of an escalation path."""

from __future__ import annotations

import pytest

from iamsql.report.contents import Step
from iamsql.report.escalation import parse_path

ANA, OPS = "arn:aws:iam::111111111111:user/ana", "arn:aws:iam::222222222222:role/a-[b]->c"


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("", []),
        (ANA, []),
        (f"{ANA} -[attach_user_policy]-> administrator", [Step(ANA, "attach_user_policy", "")]),
        (
            f"{ANA} -[assume_role]-> {OPS} -[put_role_policy {ANA}]-> administrator",
            [Step(ANA, "assume_role", OPS), Step(OPS, f"put_role_policy {ANA}", "")],
        ),
        (f"{ANA} -[assume_role]-> {OPS}", [Step(ANA, "assume_role", OPS)]),
        (
            f"{ANA} -[create_role]-> a user or role that it creates",
            [Step(ANA, "create_role", "a user or role that it creates")],
        ),
    ],
)
def test_a_path_is_split_into_steps(path: str, steps: list[Step]) -> None:
    assert [*parse_path(path)] == steps
