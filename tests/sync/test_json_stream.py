"""The JSON stream cuts a file into the values that a JSON parser finds, at any chunk size, and skips values that are too large."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.sync import json_stream
from iamsql.sync.gunzip import StreamError
from iamsql.sync.json_stream import MAX_DEPTH, Scanner
from tests.fuzz.example_count import TEXT, example_settings

VALUE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.sampled_from(('"', "\\", '\\"]}', "[{", "\u2028")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
OBJECT = st.dictionaries(TEXT, VALUE, max_size=3).filter(lambda value: "Records" not in value)


def cut(text: bytes, size: int) -> Iterator[bytes]:
    return iter([text[start : start + size] for start in range(0, len(text), size)])


def records(text: bytes, size: int) -> list[Any]:
    records: list[Any] = []
    for record in Scanner(cut(text, size)).records():
        assert record is not None
        records.append(json.loads(record))
    return records


@pytest.mark.slow
@example_settings(150)
@given(st.lists(VALUE, max_size=5), st.integers(1, 40), st.booleans(), st.sampled_from((None, 1)))
def test_elements_equal_the_result_of_a_parser(
    values: list[Any], size: int, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode(errors="replace")
    texts = list(Scanner(cut(text, size)).elements())
    assert [json.loads(element or b"") for element in texts] == json.loads(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "MAX_DOCUMENT", 8)
        short = list(Scanner(cut(text, size)).elements())
    assert short == [element if len(element or b"") <= 8 else None for element in texts]


@pytest.mark.slow
@example_settings(150)
@given(st.lists(OBJECT, max_size=5), VALUE, st.integers(1, 80), st.sampled_from((None, 1)))
def test_records_are_found_in_each_form_of_a_log_file(
    objects: list[Any], more: Any, size: int, indent: int | None
) -> None:
    log = json.dumps({"Records": objects, "more": more}, indent=indent).encode()
    assert records(log, size) == objects
    assert records(log + b"\n" + log, size) == objects * 2
    assert records(json.dumps(objects, indent=indent).encode(), size) == objects
    if objects:
        assert records(b"\n".join(json.dumps(item, indent=indent).encode() for item in objects), size) == objects


@pytest.mark.slow
@example_settings(100)
@given(st.lists(OBJECT, min_size=1, max_size=3), st.integers(1, 30), st.data())
def test_a_truncated_list_is_an_error(objects: list[Any], size: int, data: st.DataObject) -> None:
    text = json.dumps(objects).encode()
    stop = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(StreamError) as error:
        records(text[:stop], size)
    assert error.value.code == "cut_short"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"[1]", "not_a_log"),
        (b"[[],[]]", "not_a_log"),
        (b'{"Records": [null]}', "not_a_log"),
        (b"   ", "not_a_log"),
        (b"[{}}", "not_json"),
        (b"nonsense", "not_json"),
        (b'{"Records": []]', "not_json"),
        (b'[{"a":' + b"[" * MAX_DEPTH, "too_deep"),
        (b"[" + b'{"a":' * 100_000, "too_deep"),
    ],
)
def test_a_file_without_a_list_of_records_is_an_error(text: bytes, code: str) -> None:
    with pytest.raises(StreamError) as error:
        list(Scanner(iter([text])).records())
    assert error.value.code == code
