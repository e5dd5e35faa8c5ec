"""Answers as JSON: limits of rows, texts and lists, and visible characters."""

from __future__ import annotations

import json

import pytest

from iamsql.api import Answer
from iamsql.api.mcp_server import answers
from iamsql.api.mcp_server.answers import (
    TRUNCATION_SUFFIX,
    AnswerLimits,
    answer_object,
    error_text,
    rows_object,
    shorten,
    shorten_list,
)
from iamsql.model import IamsqlError, Result
from iamsql.render.provenance import Provenance


def test_a_text_is_visible_and_cut() -> None:
    assert shorten("a\x1b\u202eb\nc") == "a\\x1b\\u202eb\nc"
    assert shorten("x" * 10, 10) == "x" * 10 and shorten("x" * 11, 10) == "x" * 10 + TRUNCATION_SUFFIX
    assert shorten("\x1b" * 9, 10) == r"\x1b\x1b\x" + TRUNCATION_SUFFIX


def test_a_long_list_ends_with_the_number_of_other_texts() -> None:
    assert shorten_list(["a", "b\x1b"]) == ["a", "b\\x1b"]
    texts = shorten_list(["é" * 1000] * 30)
    assert texts[-1] == f"{30 - len(texts) + 1} more are left out."
    assert answers._encoded_size(texts[0]) * (len(texts) - 1) <= answers.MAX_LIST_BYTES
    assert shorten_list([]) == []


def test_an_error_has_the_notice_and_a_limit() -> None:
    text = error_text("no query named x\nSee: iamsql queries " + "y" * 5000)
    assert text.startswith(answers.ERROR_NOTICE) and len(text) < answers.MAX_TEXT_CHARACTERS
    assert "See: list_queries" in text


def test_rows_beyond_the_limits_are_counted() -> None:
    result = Result(("n", "s"), [(number, "x" * 10) for number in range(9)], ("BIGINT", "VARCHAR"))
    document = rows_object(result, AnswerLimits(4))
    assert (document["rows"], document["row_count"], document["rows_returned"]) == (
        [[n, "x" * 10] for n in range(4)],
        9,
        4,
    )
    assert document["truncated"].startswith("5 of 9 rows are left out.")
    small = rows_object(result, AnswerLimits(100, 60))
    assert (
        len(json.dumps([small["columns"], small["rows"]], separators=(",", ":"))) <= 60 and small["rows_returned"] < 4
    )
    assert "truncated" not in rows_object(result, AnswerLimits(9))


def test_too_many_columns_are_an_error() -> None:
    with pytest.raises(IamsqlError, match="The result has 100 columns, which is too many"):
        rows_object(Result(("c" * 20,) * 100, []), AnswerLimits(size=2_000))


def test_values_are_json_and_deep_documents_are_text() -> None:
    deep = "[" * 30 + "]" * 30
    row = (r'{"\u001b": "\u202e"}', deep, None, [1, "\x1b"], "x" * 3000)
    types = ("JSON", "JSON", "VARCHAR", "VARCHAR[]", "VARCHAR")
    [json_row] = rows_object(Result(tuple("abcde"), [row], types), AnswerLimits())["rows"]
    assert json_row == [{"\\x1b": "\\u202e"}, deep, None, [1, "\\x1b"], "x" * 2000 + TRUNCATION_SUFFIX]


def test_requested_rows_are_capped_at_the_limit() -> None:
    answer = Answer(Result(("n",), [(1,)] * 9, ("BIGINT",)), Provenance("\u202e", run_id="r" * 300, notes=["a"]))
    for rows, number in ((None, 5), (2, 2), (9, 5), (-1, 5), (0, 0)):
        assert answer_object(answer, AnswerLimits(5), rows)["rows_returned"] == number
    document = answer_object(answer, AnswerLimits())
    assert (document["title"], document["run"], document["run_started_at"]) == (
        "\\u202e",
        "r" * 200 + TRUNCATION_SUFFIX,
        None,
    )
    assert document["caveats"] == ["a"]
