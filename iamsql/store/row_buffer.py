"""Rows of a result in memory: equal short texts are stored once, and the size in bytes is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from sys import getsizeof
from typing import Any

SHORT = 64  # characters up to which equal texts are stored once
ENTRY = 250  # bytes of such a text and its entry in the index
SAMPLE = 64  # rows of a batch whose size is measured


class RowBuffer:
    """Rows that are added in batches; `bytes` estimates the memory that they take."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.bytes = 0
        self._texts: dict[str, str] = {}

    def add(self, batch: Sequence[tuple[Any, ...]]) -> None:
        """Append a batch. Names and IDs recur in most rows of a large result, so each is stored once."""
        texts, before = self._texts, len(self._texts)
        self.rows += [
            tuple(texts.setdefault(value, value) if _is_short(value) else value for value in row) for row in batch
        ]
        sample = batch[:: max(1, len(batch) // SAMPLE)]
        size = sum(getsizeof(row) + sum(_size(value) for value in row if not _is_short(value)) for row in sample)
        self.bytes += size * len(batch) // len(sample) + (len(texts) - before) * ENTRY


def _is_short(value: Any) -> bool:
    return type(value) is str and len(value) <= SHORT


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return getsizeof(value) + sum(map(_size, value.values()))
    return getsizeof(value) + (sum(map(_size, value)) if isinstance(value, list | tuple) else 0)
