"""Data adds no markup to Markdown."""

from __future__ import annotations

from iamsql.model import Result
from tests.render.formatting import written


def test_markdown_has_no_markup_from_data() -> None:
    text = r"\| | `x` <b> &lt; [l](x) *b* _i_ ~s~ snake_case"
    out = written(Result(("a",), [(text,), (text + " @user",)]), "markdown")
    assert out.splitlines()[2:] == [
        r"| \\\| \| \`x\` &lt;b> &amp;lt; \[l](x) \*b\* \_i\_ \~s\~ snake_case |",
        r"| ``\\| \| `x` <b> &lt; [l](x) *b* _i_ ~s~ snake_case @user`` |",
    ]


def test_numbers_are_recognized_by_their_types() -> None:
    result = Result(("a", "b"), [(1, True), (None, None)], ("INTEGER", "BOOLEAN"))
    assert written(result, "markdown").splitlines()[1] == "| ---: | --- |"
