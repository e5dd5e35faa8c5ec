"""Findings and branches of the tree, and their lines."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.check import tree
from iamsql.check.tree import Branch, Finding

CONTROL: Any = SimpleNamespace(severity="high", query=SimpleNamespace(name="mfa", version=1, latest=True))


def finding(status: str = "alarm", number: int = 1, **values: Any) -> Finding:
    head: dict[str, Any] = {
        "account_id": "1" * 12, "account_name": "main", "region": "global", "resource": "arn:aws:iam::1:user/a",
        "subresource": None, "names": ["main"], "dimensions": None,
    }  # fmt: skip
    return Finding(status, "No MFA.", number=number, **head | values)


def test_several_accounts_are_counted_with_their_first_names() -> None:
    assert finding().account == f"main {'1' * 12}" and finding(account_name=None).account == "1" * 12
    assert finding(number=2, names=["a", "b"]).account == "2 accounts: a, b"
    assert finding(number=9, names=["a", "b", "c"]).account == "9 accounts: a, b, c, …"


def test_the_location_of_an_account_is_empty() -> None:
    assert finding(subresource="AKIA1", region="eu-west-1").location == "eu-west-1 arn:aws:iam::1:user/a AKIA1"
    assert finding(resource=f"arn:aws:::{'1' * 12}", subresource="x").location == ""


def test_what_is_left_out_is_counted() -> None:
    branch = Branch("MFA", control=CONTROL, counts=Counter(alarm=5, error=2, muted=4, ok=1))
    assert branch.unmet == 7 and (branch.omitted_line, branch.omitted_muted_line) == ("", "")
    branch.findings = [finding(number=3), finding("error"), finding("muted")]
    assert branch.omitted_line == "… 3 more: iamsql check mfa --output csv"
    assert branch.omitted_muted_line == "… 3 more muted: iamsql check mfa --output csv"
    assert Branch("x").severity == "" and branch.severity == "high"


def test_the_lines_of_a_branch_are_below_it_and_visible() -> None:
    leaf = Branch(
        "MFA\x1b",
        "1.1",
        "mfa",
        CONTROL,
        Counter(alarm=1, muted=1, ok=8),
        "failed\nLINE",
        [finding(commands=["aws x\x1b"])],
    )
    leaf.findings.append(finding("muted", muted="ana until 2027\n"))
    lines = list(tree._tree_lines(Branch("First", name="b", counts=leaf.counts, branches=[leaf]), 2, ""))
    assert all(len(line) == tree.LINE_WIDTH for line in lines[:2])
    assert lines[0].startswith("+ First [b] ....") and lines[0].endswith("  1 / 10 [=         ]")
    assert lines[1].startswith("| + 1.1 MFA\\x1b [mfa] (high) ....")
    assert lines[2:] == [
        "| |   FAILED: failed",
        f"| |   ALARM: No MFA.  main {'1' * 12}  arn:aws:iam::1:user/a",
        "| |       aws x\\x1b",
        f"| |   MUTED: No MFA.  main {'1' * 12}  arn:aws:iam::1:user/a",
        "| |          by ana until 2027\\n",
    ]


@pytest.mark.parametrize(
    ("part", "total", "bar"), [(0, 0, 0), (0, 9, 0), (1, 1000, 1), (5, 10, 5), (999, 1000, 10), (9, 9, 10)]
)
def test_one_alarm_is_visible_in_the_bar(part: int, total: int, bar: int) -> None:
    assert tree._result_bar(part, total) == "=" * bar + " " * (10 - bar)


def test_a_long_title_is_cut() -> None:
    head = tree._branch_line("+ " + "x" * 300, {"alarm": 1}, 1)
    assert len(head) <= tree.LINE_WIDTH and "…  1 / 1 [==========]" in head


def test_the_digits_fit_the_largest_tree() -> None:
    assert tree.count_digits([]) == 1
    assert tree.count_digits([Branch("", counts=Counter(ok=9)), Branch("", counts=Counter(ok=90, alarm=10))]) == 3
