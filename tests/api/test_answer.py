"""A check is passed only if nothing in it is unknown."""

from __future__ import annotations

import iamsql
from iamsql.model import Result


def test_a_result_that_is_unknown_is_not_passed(run: iamsql.Run) -> None:
    assert iamsql.CheckAnswer(Result((), []), counts={"ok": 3}).passed is True
    assert iamsql.CheckAnswer(Result((), []), counts={"ok": 3, "error": 1}).passed is None
    assert iamsql.CheckAnswer(Result((), []), counts={}, failures=["x"]).passed is None
