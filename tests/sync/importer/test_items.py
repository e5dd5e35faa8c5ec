"""Items of imported files in a temporary file, and the limits of what a file may have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from iamsql.sync.gunzip import StreamError
from iamsql.sync.importer import items
from iamsql.sync.importer.items import ItemStore


@pytest.fixture
def store() -> ItemStore:
    """Return a store without items."""
    return ItemStore()


def read(store: ItemStore, *chunks: bytes) -> list[dict[str, Any]]:
    """Return the documents of a file that is read in parts."""
    return [*items.documents(iter(chunks), store)]


def test_items_can_be_read_and_selected_again_and_again(store: ItemStore) -> None:
    first, second = store.items([b'{"a": 1}', b'"b"', b"3"]), store.items([b"4"])
    assert len(first) == 3 and [*first] == [*first] == [{"a": 1}, "b", 3] and second == [4]
    assert first.select([2, 0]) == [3, {"a": 1}] and first.select([]) == []


def test_an_item_that_is_too_large_is_counted_and_left_out(store: ItemStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MAX_VALUES", 3)
    assert store.items([None, b"1", b"[1,2,3,4]"]) == [1]
    assert store.lost == 2


def test_an_import_has_a_largest_number_of_items(store: ItemStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MAX_ITEMS", 2)
    assert len(store.items([b"1", b"2"])) == 2
    with pytest.raises(StreamError, match="the files have more than 2 items together"):
        store.items([b"3"])


def test_objects_of_a_file_are_documents_and_other_values_are_not(store: ItemStore) -> None:
    [first, second] = read(store, b'{"Users": [{"a": 1}, 2], "Is', b'Truncated": false} [1] "text" 5 {"x": {"y": []}}')
    assert first == {"Users": [{"a": 1}, 2], "IsTruncated": False}
    assert second == {"x": {"y": []}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1, "a": 2}', "has a twice"),
        (b'{"a": [1], "\\u0061": 2}', "has a twice"),
        (b'{"\\u001b": 1, "\\u001b": 2}', r"has \\x1b twice"),
        (b'{"a": nope}', "not valid JSON"),
        (b"An error occurred", "not valid JSON"),
        (b'{"a": [nope]}', "not valid JSON"),
    ],
)
def test_a_file_that_is_not_a_response_is_an_error(content: bytes, message: str, store: ItemStore) -> None:
    with pytest.raises(StreamError, match=message):
        read(store, content)


def test_a_document_has_a_largest_number_of_members_and_values(
    store: ItemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "MAX_MEMBERS", 2)
    assert len(read(store, b'{"a": 1, "b": 2}')) == 1
    with pytest.raises(StreamError, match="a document in it has more than"):
        read(store, b'{"a": 1, "b": 2, "c": 3}')
    monkeypatch.setattr(items, "MAX_VALUES", 3)
    with pytest.raises(StreamError, match="a document in it has more than 3 values"):
        items.parse(b"[1,2,3]")


def test_deep_nesting_and_ambiguous_policies_are_errors() -> None:
    with pytest.raises(StreamError, match="nested too deeply"):
        items.parse(b"[" * 500_000 + b"]" * 500_000)
    with pytest.raises(StreamError, match="not valid JSON"):
        items.parse(b'{"Statement": [], "Statement": []}')


def test_items_are_split_by_key_in_their_order(store: ItemStore) -> None:
    def keys() -> Iterator[str]:
        yield from "bab"

    assert items.group_items(store.items([b"1", b"2", b"3"]), keys()) == {"b": [1, 3], "a": [2]}
    assert [*items.group_items(store.items([b"1", b"2"]), "ba")] == ["b", "a"]
    assert items.group_items([{"object": 1}], "a") == {"a": [{"object": 1}]}


def test_the_message_about_items_that_were_left_out() -> None:
    assert items.left_out_message(1).startswith("1 item left out")
    assert items.left_out_message(2).startswith("2 items left out")
