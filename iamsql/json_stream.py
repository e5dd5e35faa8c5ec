"""Split a JSON file into its values, in bounded memory and linear time, whatever the file contains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsql.gunzip import StreamError

DOCUMENT = 16 * 2**20  # bytes of one CloudTrail event, or of one item of a response
MAX_DEPTH = 500  # nesting levels of a value that is read in steps
FLAT = 5  # nesting levels that a regular expression follows
HEAD = 64  # bytes in which the key "Records" is searched

# Possessive quantifiers (*+, ++) never backtrack, so that matching takes linear time.
_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]*+')
_QUOTED = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_OPENING, _CLOSING = re.compile(rb"[\[{]++"), re.compile(rb"[\]}]++")
_RECORDS = re.compile(rb'\{\s*+"Records"\s*+:\s*+(?=\[)')


def _nested(levels: int) -> bytes:
    """Return the pattern of an object or array. It counts brackets only; a JSON parser checks the content."""
    inner = rb'[^"\[\]{}]++|' + _STRING + (rb"|" + _nested(levels - 1) if levels else b"")
    return rb"[\[{](?:" + inner + rb")*+[\]}]"


_VALUE = _nested(FLAT) + rb"|" + _STRING + rb'|[^\s,:\[\]{}"]++'
_ONE = re.compile(_VALUE, re.DOTALL)
_ELEMENT = re.compile(rb"[ \t\r\n]*+(" + _VALUE + rb")[ \t\r\n]*+,", re.DOTALL)
_WITHIN = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb"|" + _nested(FLAT) + rb")*+", re.DOTALL)


class Scanner:
    """Read values from chunks of UTF-8, one after the other. Only brackets and quotes are checked."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        """Start before the first chunk."""
        self._chunks = chunks
        self._data, self._at = b"", 0
        self._depth, self._quoted, self._escaped = 0, False, False

    def peek(self) -> bytes:
        """Return the next byte that is not white space; b"" at the end."""
        while True:
            self._at = _SPACE.match(self._data, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._data) or not self._read():
                return self._data[self._at : self._at + 1]

    def expect(self, sign: bytes) -> None:
        """Skip a character; raise StreamError if the next character differs."""
        found = self.peek()
        if found != sign:
            raise StreamError("not_json", "not valid JSON") if found else _cut_short()
        self._at += 1

    def value(self) -> bytes | None:
        """Return the text of the next value; None, after skipping it, for a value of more than DOCUMENT bytes."""
        if not self.peek():
            raise _cut_short()
        found = _ONE.match(self._data, self._at)
        if not found or found.end() == len(self._data):  # the value may continue in the next chunk
            return self._long()
        self._at = found.end()
        return found[0] if len(found[0]) <= DOCUMENT else None

    def elements(self) -> Iterator[bytes | None]:
        """Yield the values of an array, each as `value` returns it."""
        for _ in self._separated(b"[", b"]"):
            while found := _ELEMENT.match(self._data, self._at):
                self._at = found.end()
                yield found[1] if len(found[1]) <= DOCUMENT else None
            yield self.value()

    def members(self) -> Iterator[bytes]:
        """Yield the names of an object's members, in JSON. The caller reads each value before the next name."""
        for _ in self._separated(b"{", b"}"):
            yield self.name()

    def _separated(self, opening: bytes, closing: bytes) -> Iterator[None]:
        """Yield before each item between two brackets, and read the commas. The caller reads each item before the next."""
        self.expect(opening)
        if self.peek() != closing:
            yield
            while self.peek() == b",":
                self.expect(b",")
                yield
        self.expect(closing)

    def name(self) -> bytes:
        """Return the name of a member, in JSON, and skip its colon."""
        if self.peek() != b'"':
            raise StreamError("not_json", "not valid JSON") if self.peek() else _cut_short()
        name = self.value()
        self.expect(b":")
        return name or b""

    def records(self) -> Iterator[bytes | None]:
        """Yield the records of {"Records": […]}, […] or JSON lines, each as `value` returns it.

        Raise StreamError("not_a_log") for a list with other values than objects.
        """
        if not self.peek():
            raise StreamError("not_a_log", "the file contains only white space")
        while first := self.peek():
            # "Records": may be divided between two chunks.
            while len(self._data) - self._at < HEAD and self._read():
                pass
            head = _RECORDS.match(self._data, self._at) if first == b"{" else None
            if first == b"{" and head is None:
                yield self.value()
                continue
            self._at = head.end() if head else self._at
            for record in self.elements():
                if record is not None and not record.startswith(b"{"):
                    raise StreamError("not_a_log", "JSON, but not a CloudTrail log")
                yield record
            if head:
                self._rest()

    def _rest(self) -> None:
        """Skip the members after the records."""
        while self.peek() == b",":
            self.expect(b",")
            self.name()
            self.value()
        self.expect(b"}")

    def _read(self) -> bool:
        """Append the next chunk to the remaining bytes; return whether there was one."""
        chunk = next(self._chunks, b"")
        self._data, self._at = self._data[self._at :] + chunk, 0
        return bool(chunk)

    def _long(self) -> bytes | None:
        """Read a value that is deep, or ends in another chunk; its text is dropped once it exceeds DOCUMENT."""
        parts, size, start = list[bytes](), 0, self._at
        self._depth, self._quoted, self._escaped = 0, False, False
        step = self._bracket if self._data[self._at] in b'"[{' else self._scalar
        while not step():
            if self._at == len(self._data):
                parts.append(self._data[start:])
                size += len(parts[-1])
                if size > DOCUMENT:
                    parts.clear()
                if not self._read():
                    raise _cut_short()
                start = 0
        size += self._at - start
        return b"".join([*parts, self._data[start : self._at]]) if size <= DOCUMENT else None

    def _scalar(self) -> bool:
        """Move to the end of a number or a word, which may continue in the next chunk; return whether it has ended."""
        begun = self._at
        self._at = _SCALAR.match(self._data, self._at).end()  # type: ignore[union-attr]
        if begun == self._at < len(self._data) and not begun:
            return True  # the previous chunk ended with the value
        if begun == self._at:
            raise StreamError("not_json", "not valid JSON")
        return self._at < len(self._data)

    def _bracket(self) -> bool:
        """Move beyond the next relevant bracket or quote; return whether the value has ended."""
        if self._quoted:
            return self._quote()
        if self._depth:
            self._at = _WITHIN.match(self._data, self._at).end()  # type: ignore[union-attr]
        if self._at == len(self._data):
            return False
        if self._data[self._at] == ord('"'):
            self._at, self._quoted = self._at + 1, True
        elif run := _OPENING.match(self._data, self._at):
            self._at, self._depth = run.end(), self._depth + len(run[0])
            if self._depth > MAX_DEPTH:
                raise StreamError("too_deep", f"nested deeper than {MAX_DEPTH} levels")
        elif run := _CLOSING.match(self._data, self._at):
            closed = min(len(run[0]), self._depth)  # the brackets after that close the arrays around the value
            self._at, self._depth = self._at + closed, self._depth - closed
            return not self._depth
        return False

    def _quote(self) -> bool:
        """Move to the end of a string, or of the chunk, whose last byte may be the backslash of an escape."""
        self._at = _QUOTED.match(self._data, self._at + self._escaped).end()  # type: ignore[union-attr]
        self._escaped = self._data[self._at : self._at + 1] == b"\\"
        self._quoted = self._data[self._at : self._at + 1] != b'"'
        self._at += self._at < len(self._data)
        return not self._quoted and not self._depth


def _cut_short() -> StreamError:
    return StreamError("cut_short", "the file ends too early")
