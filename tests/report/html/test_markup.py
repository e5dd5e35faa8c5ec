"""Prose is escaped markup."""

from __future__ import annotations

from iamsql.report.html.markup import prose


def test_prose_is_escaped_and_code_is_marked() -> None:
    assert prose("a `b<c` & `d\n`") == "a <code>b&lt;c</code> &amp; `d\n`"
    assert prose("\u202e`") == "\\u202e`"
