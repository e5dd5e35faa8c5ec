"""The items of dumps: parsed in memory as long as they are few, as JSON text in a private temporary file beyond that."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, TypeGuard, overload

from iamsql.canonical_json import verbatim
from iamsql.gunzip import StreamError

MEMORY = 32 * 2**20  # bytes that parsed items may take, by estimate
NODE = 64  # bytes of an object, array or value in memory, beside its text
NODES = 1_000_000  # values that a document may have
ITEMS = 2_000_000  # items that an import may have
PIECE = 8  # items that an answer to one request counts for: it has an object of its own in memory
MEMBER = 20  # items that an account, policy or target of an organization counts for


class Spool:
    """Makes the items of one import, and counts them."""

    def __init__(self) -> None:
        """Start with all of the memory; the file is made when it is needed."""
        self._left, self._count = MEMORY, 0
        self._file: IO[bytes] | None = None

    def items(self, texts: Iterable[bytes]) -> Items:
        """Take items as JSON texts; raise StreamError for one that is no JSON, and where the items become too many."""
        made = Items(self)
        for text in texts:
            self.count(1)
            self._left -= len(text) + NODE * nodes(text)
            made.add(parsed(text), text, in_memory=self._left > 0)
        return made

    def count(self, more: int) -> None:
        """Count items, or what takes as much memory; raise StreamError where they become too many."""
        self._count += more
        if self._count > ITEMS:
            raise StreamError("too_large", f"the files have more than {ITEMS:,} items together")

    def taken(self, items: list[Any], size: int) -> Sequence[Any]:
        """Take items that are parsed, and are estimated to take `size` bytes of memory."""
        if self._left > size:
            self._left -= size
            return items
        return self.items(verbatim(item).encode() for item in items)

    def write(self, text: bytes) -> int:
        """Append a text to the file and return its place."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lasts as long as the items
        place = self._file.seek(0, 2)
        self._file.write(text)
        return place

    def read(self, start: int, end: int) -> bytes:
        """Return the text between two places of the file."""
        if self._file is None:
            return b""
        self._file.seek(start)
        return self._file.read(end - start)


class Items(Sequence[Any]):
    """Items in their order; those on disk are parsed each time that they are asked for."""

    def __init__(self, spool: Spool) -> None:
        """Start without items."""
        self._spool = spool
        self._parsed: list[Any] = []
        self._places = array("Q")

    def add(self, item: Any, text: bytes, in_memory: bool) -> None:
        """Append an item; the first one that goes to disk is followed by disk alone."""
        if in_memory and not self._places:
            self._parsed.append(item)
            return
        start = self._spool.write(text)
        self._places.extend((start, start + len(text)))

    def __len__(self) -> int:
        return len(self._parsed) + len(self._places) // 2

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Picked(self, array("Q", range(*place.indices(len(self)))))
        place = range(len(self))[place]
        if place < len(self._parsed):
            return self._parsed[place]
        at = 2 * (place - len(self._parsed))
        return json.loads(self._spool.read(self._places[at], self._places[at + 1]))

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class Picked(Sequence[Any]):
    """Some of other items, by their places."""

    def __init__(self, items: Sequence[Any], places: array[int]) -> None:
        """Take the items and the places."""
        self._items, self._places = items, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Picked(self._items, self._places[place])
        return self._items[self._places[place]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def grouped(items: Sequence[Any], keys: Iterable[Any]) -> dict[Any, Sequence[Any]]:
    """Part items by the key of each, in the order in which the keys come."""
    places: dict[Any, array[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, array("Q")).append(place)
        if len(places) > ITEMS // PIECE:
            raise StreamError("too_large", f"a list of it belongs to more than {ITEMS // PIECE:,} answers")
    return {
        key: [items[place] for place in own] if isinstance(items, list) else Picked(items, own)
        for key, own in places.items()
    }


def is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    """Tell whether a member of a document is a list of items."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def nodes(text: str | bytes) -> int:
    """Return an upper bound of the number of values in a JSON text."""
    if isinstance(text, str):
        return 1 + text.count(",") + text.count("[") + text.count("{")
    return 1 + text.count(b",") + text.count(b"[") + text.count(b"{")


def parsed(text: bytes) -> Any:
    """Parse a JSON text; raise StreamError for one that is none, is too deep, or has too many values."""
    if nodes(text) > NODES:
        raise StreamError("too_large", f"a document of it has more than {NODES:,} values")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise StreamError("too_deep", "nested too deeply for an AWS answer") from error
    except ValueError as error:
        raise StreamError("not_json", f"not valid JSON ({error})") from error
