"""Read large documents item by item: only one item of a list is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iamsql.gunzip import StreamError, format_size
from iamsql.importer.items import NODE, NODES, Spool, nodes, parsed
from iamsql.json_stream import DOCUMENT, Scanner

MEMBERS = 1000  # members of a document
TOO_LARGE = f"a document in it has more than {format_size(DOCUMENT)} in addition to its lists"


class Documents:
    """The documents of a file; `lost` counts the items that were too large."""

    def __init__(self, chunks: Iterator[bytes], spool: Spool) -> None:
        """Store the bytes of the file, in UTF-8, and the storage of its items."""
        self._scanner, self._spool = Scanner(chunks), spool
        self.lost = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the objects that follow each other, with their lists as sequences; skip other values."""
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
                value = parsed(text)
            document[str(parsed(name))] = value
        return document

    def _items(self) -> Iterator[bytes]:
        for text in self._scanner.elements():
            if text is None or nodes(text) > NODES:
                self.lost += 1
            else:
                yield text


def to_spool(document: Any, text: str, spool: Spool) -> Any:
    """Return a parsed document with its lists in the spool if memory is short; `text` contains it."""
    if not isinstance(document, dict):
        return document
    size = len(text) + NODE * nodes(text)
    return {name: spool.append(value, size) if isinstance(value, list) else value for name, value in document.items()}
