"""The items of imported files: a few in memory, all others as JSON text in a private temporary file.

The dumps of a large organization exceed the memory of a laptop.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, TypeGuard, overload

from iamsql.canonical_json import canonical_json
from iamsql.gunzip import StreamError, format_size
from iamsql.json_stream import DOCUMENT, Scanner

MEMORY = 32 * 2**20  # bytes of parsed items in memory, estimated
NODE = 64  # bytes of an object, array or value in memory, in addition to its text
NODES = 1_000_000  # values that a document may have
ITEMS = 2_000_000  # items that an import may have
PIECE = 8  # items that a response counts for, because of its own object in memory
MEMBER = 20  # items that an account, policy or target of an organization counts for
MEMBERS = 1000  # members of a document
TOO_LARGE = f"a document in it has more than {format_size(DOCUMENT)} in addition to its lists"


class Spool:
    """Store and count the items of one import."""

    def __init__(self) -> None:
        """Start with all of the memory available, and without a file."""
        self._left, self._count = MEMORY, 0
        self._file: IO[bytes] | None = None

    def items(self, texts: Iterable[bytes]) -> Items:
        """Store items that are JSON texts; raise StreamError for invalid JSON and for too many items."""
        items = Items(self)
        for text in texts:
            self.count(1)
            self._left -= len(text) + NODE * nodes(text)
            items.add(parse(text), text, in_memory=self._left > 0)
        return items

    def count(self, more: int) -> None:
        """Add to the count of items; raise StreamError for too many."""
        self._count += more
        if self._count > ITEMS:
            raise StreamError("too_large", f"the files have more than {ITEMS:,} items together")

    def document(self, document: Any, text: str) -> Any:
        """Store the lists of a parsed document, which is part of `text`; return the document with the stored lists."""
        if not isinstance(document, dict):
            return document
        size = len(text) + NODE * nodes(text)
        return {
            name: self.append(value, size) if isinstance(value, list) else value for name, value in document.items()
        }

    def append(self, items: list[Any], size: int) -> Sequence[Any]:
        """Store parsed items, which take an estimated `size` bytes of memory."""
        if self._left > size:
            self._left -= size
            return items
        return self.items(canonical_json(item).encode() for item in items)

    def write(self, text: bytes) -> int:
        """Append a text to the file and return its offset."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - the file is used as long as the items
        offset = self._file.seek(0, 2)
        self._file.write(text)
        return offset

    def read(self, start: int, end: int) -> bytes:
        """Return the text between two offsets of the file."""
        if self._file is None:
            return b""
        self._file.seek(start)
        return self._file.read(end - start)


class Items(Sequence[Any]):
    """Items in their order; those in the file are parsed at each access."""

    def __init__(self, spool: Spool) -> None:
        """Start empty."""
        self._spool = spool
        self._parsed: list[Any] = []
        self._offsets = array("Q")

    def add(self, item: Any, text: bytes, in_memory: bool) -> None:
        """Append an item; after the first item in the file, all items go there."""
        if in_memory and not self._offsets:
            self._parsed.append(item)
            return
        start = self._spool.write(text)
        self._offsets.extend((start, start + len(text)))

    def __len__(self) -> int:
        return len(self._parsed) + len(self._offsets) // 2

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Subset(self, array("Q", range(*index.indices(len(self)))))
        index = range(len(self))[index]
        if index < len(self._parsed):
            return self._parsed[index]
        at = 2 * (index - len(self._parsed))
        return json.loads(self._spool.read(self._offsets[at], self._offsets[at + 1]))

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class Subset(Sequence[Any]):
    """A selection of other items, by index."""

    def __init__(self, items: Sequence[Any], indexes: array[int]) -> None:
        """Store the items and the indexes."""
        self._items, self._indexes = items, indexes

    def __len__(self) -> int:
        return len(self._indexes)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Subset(self._items, self._indexes[index])
        return self._items[self._indexes[index]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class Documents:
    """The documents of a large file, read item by item; `lost` counts the items that are too large."""

    def __init__(self, chunks: Iterator[bytes], spool: Spool) -> None:
        """Read UTF-8 bytes, and store the items in a spool."""
        self._scanner, self._spool = Scanner(chunks), spool
        self.lost = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the objects of the file, with their lists as sequences; skip other values."""
        while first := self._scanner.peek():
            if first == b"{":
                yield self._document()
            else:
                self._scanner.value()

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        size = 0
        for name in self._scanner.members():
            value: Any
            if self._scanner.peek() == b"[":
                value = self._spool.items(self._items())
            else:
                text = self._scanner.value()
                size += len(text) if text is not None else DOCUMENT + 1
                if text is None or size > DOCUMENT or len(document) >= MEMBERS:
                    raise StreamError("too_large", TOO_LARGE)
                value = parse(text)
            document[str(parse(name))] = value
        return document

    def _items(self) -> Iterator[bytes]:
        for text in self._scanner.elements():
            if text is None or nodes(text) > NODES:
                self.lost += 1
            else:
                yield text


def left_out_message(count: int) -> str:
    """Return the number of items that are too large, and the limits."""
    return f"{count} item{'s' if count > 1 else ''} left out, of more than {format_size(DOCUMENT)} or {NODES:,} values"


def grouped(items: Sequence[Any], keys: Iterable[Any]) -> dict[Any, Sequence[Any]]:
    """Split items by key, in the order of the keys' first items."""
    indexes: dict[Any, array[int]] = {}
    for index, key in enumerate(keys):
        indexes.setdefault(key, array("Q")).append(index)
        if len(indexes) > ITEMS // PIECE:
            raise StreamError("too_large", f"a list in it belongs to more than {ITEMS // PIECE:,} responses")
    return {
        key: [items[index] for index in selected] if isinstance(items, list) else Subset(items, selected)
        for key, selected in indexes.items()
    }


def is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    """Return whether a member of a document is a list of items."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def nodes(text: str | bytes) -> int:
    """Return an upper bound for the number of values in a JSON text."""
    if isinstance(text, str):
        return 1 + text.count(",") + text.count("[") + text.count("{")
    return 1 + text.count(b",") + text.count(b"[") + text.count(b"{")


def parse(text: bytes) -> Any:
    """Parse a JSON text; raise StreamError for invalid JSON, deep nesting, or too many values."""
    if nodes(text) > NODES:
        raise StreamError("too_large", f"a document in it has more than {NODES:,} values")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise StreamError("too_deep", "nested too deeply for an AWS response") from error
    except ValueError as error:
        raise StreamError("not_json", f"not valid JSON ({error})") from error
