"""Differences of two CSV texts: what was added, removed and changed, in few lines."""

from __future__ import annotations

from iamsql.check.testing.differences import MAX_LINES, Difference, find_difference


def required_difference(expected: str, actual: str) -> Difference:
    result = find_difference(expected, actual)
    assert result is not None
    return result


def test_equal_texts_have_no_difference() -> None:
    assert find_difference("a,b\n1,2\n", "a,b\n1,2\n") is None


def test_rows_are_added_removed_and_changed() -> None:
    before = "account,name,age\n1,alice,30\n1,bob,40\n2,carol,50\n"
    after = "account,name,age\n1,alice,31\n2,carol,50\n3,dan,1\n"
    assert required_difference(before, after) == Difference(
        "rows differ: 1 changed, 1 removed, 1 added",
        ("changed: account 1, name alice: age 30 → 31", "removed: 1,bob,40", "added: 3,dan,1"),
    )


def test_a_row_that_occurs_more_often_is_added() -> None:
    assert required_difference("a\nx\n", "a\nx\nx\n") == Difference("rows differ: 1 added", ("added: x",))


def test_columns_are_compared_first() -> None:
    assert required_difference("a,b\n1,2\n", "a,c\n1,2\n3,4\n") == Difference(
        "columns differ; 1 rows expected, 2 returned", ("removed column: b", "added column: c")
    )
    assert required_difference("a,b\n", "b,a\n").lines == ("expected order: a, b", "order: b, a")


def test_another_order_and_another_empty_cell_are_differences() -> None:
    assert required_difference("a\n1\n2\n", "a\n2\n1\n").summary.startswith("the same rows in another order: ORDER BY")
    assert required_difference('a,b\n1,""\n', "a,b\n1,\n").summary.startswith(
        "empty cells or quotes differ: NULL is an empty cell"
    )
    assert required_difference("a,b\n1,x\n", "a,b\n1,\n").lines == ("changed: a 1: b x → (empty)",)


def test_a_long_difference_is_limited() -> None:
    rows = "".join(f"{number},{number}\n" for number in range(100))
    assert required_difference("a,b\n", f"a,b\n{rows}").lines[MAX_LINES:] == ("… and 80 more",)
    assert required_difference("", "a\n1\n").summary == "columns differ; 0 rows expected, 1 returned"
