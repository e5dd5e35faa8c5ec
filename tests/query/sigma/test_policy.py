"""Regular expressions are validated by RE2, without messages of RE2 on standard error."""

from __future__ import annotations

import pytest

from iamsql.query.sigma.policy import QuietRE2


def test_an_invalid_expression_is_an_error_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    engine = QuietRE2()
    with pytest.raises(engine.error, match=r"^invalid perl operator: \(\?=$"):
        engine.compile("\x1b(?=a)")
    assert capfd.readouterr() == ("", "")
    assert engine.compile("a.*", 2).fullmatch("ab") and not engine.compile("a.*").fullmatch("ba")
