"""Paths as one graph: shared principals and steps once, and never a cycle."""

from __future__ import annotations

from iamsql.report.charts.escalation import Arrow, Box, Principal, Step, merge_paths

ANN, BOB, CI = Principal("user/ann", "prod"), Principal("user/bob", "prod"), Principal("role/ci", "prod")
ADMIN = Box(None)


def test_principals_and_steps_of_several_paths_are_drawn_once() -> None:
    shared = Step(CI, "put_role_policy", None, "conditional")
    paths = [
        [Step(ANN, "assume_role", CI, "conditional"), shared],
        [Step(BOB, "assume_role", CI, "conditional"), shared],
    ]
    assert merge_paths(paths) == [
        Arrow(Box(ANN), Box(CI), ("assume_role",), "conditional"),
        Arrow(Box(CI), ADMIN, ("put_role_policy",), "conditional"),
        Arrow(Box(BOB), Box(CI), ("assume_role",), "conditional"),
    ]


def test_methods_between_the_same_principals_share_an_arrow_with_the_worst_verdict() -> None:
    paths = [
        [Step(ANN, method, None, verdict)] for method, verdict in (("a", "unknown"), ("b", "certain"), ("a", "odd"))
    ]
    assert merge_paths(paths) == [Arrow(Box(ANN), ADMIN, ("a", "b"), "certain")]


def test_a_path_that_ends_at_a_principal_leads_on_to_the_administrator() -> None:
    assert merge_paths([[Step(ANN, "assume_role", CI, "unknown")]]) == [
        Arrow(Box(ANN), Box(CI), ("assume_role",), "unknown"),
        Arrow(Box(CI), ADMIN, (), "certain"),
    ]


def test_the_same_name_in_two_accounts_is_two_principals() -> None:
    other = Principal("user/ann", "test")
    arrows = merge_paths([[Step(ANN, "a", None, "certain")], [Step(other, "a", None, "certain")]])
    assert [arrow.source for arrow in arrows] == [Box(ANN), Box(other)]


def test_a_step_back_leads_to_a_copy() -> None:
    paths = [
        [Step(ANN, "a", BOB, "certain"), Step(BOB, "b", None, "certain")],
        [Step(BOB, "c", ANN, "certain"), Step(ANN, "d", None, "certain")],
        [Step(CI, "e", CI, "certain"), Step(CI, "f", None, "certain")],
    ]
    assert [(arrow.source, arrow.target) for arrow in merge_paths(paths)] == [
        (Box(ANN), Box(BOB)),
        (Box(BOB), ADMIN),
        (Box(BOB), Box(ANN, 1)),
        (Box(ANN, 1), ADMIN),
        (Box(CI), Box(CI, 1)),
        (Box(CI, 1), ADMIN),
    ]


def test_without_paths_no_arrows_are_drawn() -> None:
    assert merge_paths([]) == []
    assert merge_paths([[]]) == []
