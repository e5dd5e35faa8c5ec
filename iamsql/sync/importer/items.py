"""The items of imported files, as JSON text in a private temporary file: dumps of a large organization exceed a laptop's memory."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from iamsql.canonical_json import parse_unambiguous
from iamsql.escaping import printable
from iamsql.render.cells import pluralize
from iamsql.sync.gunzip import StreamError, format_size
from iamsql.sync.json_stream import MAX_DOCUMENT, Scanner

MAX_BYTES_IN_MEMORY = 16 * 2**20  # bytes of items in memory; if there are more, the file has all items
MAX_VALUES = 1_000_000  # values that a document may have
MAX_ITEMS = 2_000_000  # items that an import may have
ITEMS_PER_RESPONSE = 8  # items that a response counts for, because of its own object in memory
ITEMS_PER_ENTITY = 20  # items that an account, policy or target of an organization counts for
MAX_MEMBERS = 1000  # members of a document
TOO_LARGE = f"a document in it has more than {format_size(MAX_DOCUMENT)} in addition to its lists"


class ItemStore:
    """Store and count the items of one import; `lost` counts the items that are too large."""

    def __init__(self) -> None:
        """Start without items."""
        self._count = self.lost = 0
        self._file = SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)  # noqa: SIM115 - the file is used as long as the items

    def items(self, texts: Iterable[bytes | None]) -> Items:
        """Store items of JSON text, None for one that is too large; raise StreamError for invalid JSON and for too many items."""
        offsets = array("Q")
        for text in texts:
            if text is None or nodes(text) > MAX_VALUES:
                self.lost += 1
                continue
            self.count(1)
            parse(text)
            start = self._file.seek(0, 2)
            self._file.write(text)
            offsets.extend((start, start + len(text)))
        return Items(self, offsets)

    def count(self, added: int) -> None:
        """Add to the count of items; raise StreamError for too many."""
        self._count += added
        if self._count > MAX_ITEMS:
            raise StreamError("too_large", f"the files have more than {MAX_ITEMS:,} items together")

    def read(self, start: int, end: int) -> bytes:
        """Return the text between two offsets."""
        self._file.seek(start)
        return self._file.read(end - start)


class Items:
    """Items in a store, which are parsed whenever they are read. `offsets` has the start and the end of each."""

    def __init__(self, store: ItemStore, offsets: array[int]) -> None:
        """Read items from a store by their offsets."""
        self._store, self._offsets = store, offsets

    def __len__(self) -> int:
        return len(self._offsets) // 2

    def __iter__(self) -> Iterator[Any]:
        for index in range(0, len(self._offsets), 2):
            yield json.loads(self._store.read(*self._offsets[index : index + 2]))

    def select(self, indexes: Iterable[int]) -> Items:
        """Return some of the items."""
        offsets = array("Q")
        for index in indexes:
            offsets += self._offsets[2 * index : 2 * index + 2]
        return Items(self._store, offsets)

    def __eq__(self, other: object) -> bool:
        return [*self] == ([*other] if isinstance(other, Items) else other)

    __hash__ = None  # type: ignore[assignment]


def documents(chunks: Iterator[bytes], store: ItemStore) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a file in UTF-8, with their lists as Items; skip lists and other values.

    Raise StreamError for text that is not JSON, such as the error of a command after its output.
    """
    scanner = Scanner(chunks)
    while first := scanner.peek():
        if first == b"{":
            yield _read_document(scanner, store)
        elif (text := scanner.value()) is not None and first != b"[":
            parse(text)


def _read_document(scanner: Scanner, store: ItemStore) -> dict[str, Any]:
    document: dict[str, Any] = {}
    size = 0
    for name in scanner.members():
        value: Any
        if scanner.peek() == b"[":
            value = store.items(scanner.elements())
        else:
            text = scanner.value()
            size += len(text) if text is not None else MAX_DOCUMENT + 1
            if text is None or size > MAX_DOCUMENT or len(document) >= MAX_MEMBERS:
                raise StreamError("too_large", TOO_LARGE)
            value = parse(text)
        key = str(parse(name))
        if key in document:
            raise StreamError("not_json", f"not a response of AWS (a document in it has {printable(key)} twice)")
        document[key] = value
    return document


def left_out_message(count: int) -> str:
    """Return the number of items that are too large, and the limits."""
    return f"{pluralize(count, 'item')} left out, of more than {format_size(MAX_DOCUMENT)} or {MAX_VALUES:,} values"


def group_items(items: Items | list[Any], keys: Iterable[Any]) -> dict[Any, Items | list[Any]]:
    """Split items by key, in the order of the keys' first items."""
    indexes: dict[Any, array[int]] = {}
    for index, key in enumerate(keys):
        indexes.setdefault(key, array("Q")).append(index)
        if len(indexes) > MAX_ITEMS // ITEMS_PER_RESPONSE:
            raise StreamError(
                "too_large", f"a list in it belongs to more than {MAX_ITEMS // ITEMS_PER_RESPONSE:,} responses"
            )
    if not isinstance(items, Items):  # the object of a response, and not a list
        return dict.fromkeys(indexes, items)
    return {key: items.select(selected) for key, selected in indexes.items()}


def nodes(text: bytes) -> int:
    """Return an upper bound for the number of values in a JSON text."""
    return 1 + text.count(b",") + text.count(b"[") + text.count(b"{")


def parse(text: bytes) -> Any:
    """Parse a JSON text; raise StreamError for invalid JSON, deep nesting, or too many values."""
    if nodes(text) > MAX_VALUES:
        raise StreamError("too_large", f"a document in it has more than {MAX_VALUES:,} values")
    try:
        # Policies are objects in files of the AWS CLI, which has parsed them. The check of every object would take as long again.
        return parse_unambiguous(text) if b'"Statement"' in text else json.loads(text)
    except RecursionError as error:
        raise StreamError("too_deep", "nested too deeply for an AWS response") from error
    except ValueError as error:
        raise StreamError("not_json", f"not valid JSON ({error})") from error
