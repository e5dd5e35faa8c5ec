"""The order of numbers in the tree on a terminal, and the counts of controls that stand twice."""

from __future__ import annotations

from collections import Counter

import pytest

from iamsql.check.selection import ControlRef
from iamsql.check.tree import Branch
from iamsql.check.tree_order import arrange_tree
from iamsql.model import Query


def leaf(number: str, name: str = "", title: str = "", alarms: int = 1) -> Branch:
    """Return a control with alarms; the name is the name of its query, a control of its own by default."""
    query = Query(name or f"control_{number}", title, "")
    return Branch(title, number, query.name, ControlRef("b", (), number, title, query, {}), Counter(alarm=alarms))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("2.10 2.2 2.1", "2.1 2.2 2.10"),
        ("2.2 10 9.9.9 9.10", "2.2 9.9.9 9.10 10"),
        ("IAM.10 IAM.9 Account.2 Account.1", "Account.1 Account.2 IAM.9 IAM.10"),
        ("iam-user-mfa-enabled access-keys-rotated", "iam-user-mfa-enabled access-keys-rotated"),
        ("3 users 2 groups 1", "1 users 2 groups 3"),
        ("1.1 1 1.0", "1 1.0 1.1"),
    ],
)
def test_numbers_are_in_order_and_names_keep_their_positions(numbers: str, expected: str) -> None:
    branches = [leaf(number) for number in numbers.split()]
    for tree in (Branch("", branches=branches), Branch("", branches=[Branch("", branches=branches)])):
        ordered = arrange_tree(tree).branches
        ordered = ordered[0].branches if len(ordered) == 1 else ordered
        assert [branch.id for branch in ordered] == expected.split()


def test_a_section_stands_between_the_controls_of_its_number() -> None:
    section = Branch("Section", "2.1", branches=[leaf("2.1.1")])
    assert [branch.id for branch in arrange_tree(Branch("", branches=[leaf("2.2"), section])).branches] == [
        "2.1",
        "2.2",
    ]


def test_controls_of_one_number_keep_their_order() -> None:
    tree = arrange_tree(Branch("", branches=[leaf("2", "b"), leaf("1", "z"), leaf("1", "a")]))
    assert [branch.name for branch in tree.branches] == ["z", "a", "b"]


def test_a_control_that_stands_twice_counts_once() -> None:
    first = Branch("First", "1", branches=[leaf("1.1", "a"), leaf("1.2", "a"), leaf("1.3", "a", "Another title")])
    second = Branch("Second", "2", branches=[leaf("2.1", "a"), leaf("2.2", "b")])
    tree = arrange_tree(Branch("", branches=[second, first]))
    assert [(branch.id, branch.counts["alarm"]) for branch in tree.branches] == [("1", 1), ("2", 2)]
    assert [(branch.id, branch.same_as) for branch in tree.branches[0].branches] == [
        ("1.1, 1.2", ""),
        ("1.3", "1.1, 1.2"),
    ]
    assert [branch.same_as for branch in tree.branches[1].branches] == ["1.1, 1.2", ""]
    assert tree.counts == Counter(alarm=2)


def test_the_same_number_twice_is_joined_to_one() -> None:
    tree = arrange_tree(
        Branch("", branches=[leaf("1", "a"), leaf("1", "a"), leaf("", "a"), leaf("", "c"), leaf("", "c")])
    )
    assert [(branch.id, branch.name) for branch in tree.branches] == [("1", "a"), ("", "c")]


def test_other_results_of_a_control_are_shown_and_the_larger_number_counts() -> None:
    tree = arrange_tree(Branch("", branches=[leaf("1", "a", alarms=2), leaf("2", "a", alarms=3)]))
    assert [branch.same_as for branch in tree.branches] == ["", ""] and tree.counts == Counter(alarm=3)
