"""Documents that are large, read item after item: of a list in a document, no more than one item is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iamsql.gunzip import StreamError, size_of
from iamsql.importer.items import NODE, NODES, Spool, nodes, parsed
from iamsql.json_stream import DOCUMENT, Scanner

MEMBERS = 1000  # members of a document
TOO_LARGE = f"a document of it has more than {size_of(DOCUMENT)} beside its lists"


class Documents:
    """Reads the documents of a file; `lost` counts the items that were left out because they are too large."""

    def __init__(self, chunks: Iterator[bytes], spool: Spool) -> None:
        """Take the file's bytes in UTF-8, and where items are put."""
        self._scanner, self._spool = Scanner(chunks), spool
        self.lost = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the objects that follow each other, lists in them as sequences; other values are passed over."""
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


def in_spool(document: Any, text: str, spool: Spool) -> Any:
    """Return a document that was parsed at once, as part of a text, with its lists in the spool where memory is short."""
    if not isinstance(document, dict):
        return document
    size = len(text) + NODE * nodes(text)
    return {name: spool.taken(value, size) if isinstance(value, list) else value for name, value in document.items()}
