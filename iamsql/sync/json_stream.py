"""Split a JSON file into its values, in bounded memory and linear time, even if the file is hostile.

The values keep their text. ijson 3.6 with yajl returns Python objects: to write them as JSON again takes 2.3 times the CPU time for
40,000 CloudTrail events of 860 bytes, and loses duplicate keys and the spelling of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsql.sync.gunzip import StreamError

MAX_DOCUMENT = 16 * 2**20  # bytes of one CloudTrail event, or of one item of a response
MAX_DEPTH = 500  # nesting levels of a value that is read in steps
REGEX_DEPTH = 5  # nesting levels that a regular expression follows
SEARCHED_BYTES = 64  # bytes that are searched for the key "Records"

# Possessive quantifiers (*+, ++) never backtrack, so matching takes linear time.
_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]*+')
_QUOTED = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_RECORDS = re.compile(rb'\{\s*+"Records"\s*+:\s*+(?=\[)')


def _nested_pattern(levels: int) -> bytes:
    """Return the pattern of an object or array. It counts brackets only; a JSON parser checks the content."""
    inner = rb'[^"\[\]{}]++|' + _STRING + (rb"|" + _nested_pattern(levels - 1) if levels else b"")
    return rb"[\[{](?:" + inner + rb")*+[\]}]"


_VALUE = _nested_pattern(REGEX_DEPTH) + rb"|" + _STRING + rb'|[^\s,:\[\]{}"]++'
_ONE = re.compile(_VALUE, re.DOTALL)
_ELEMENT = re.compile(rb"[ \t\r\n]*+(" + _VALUE + rb")[ \t\r\n]*+,", re.DOTALL)
_WITHIN = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb"|" + _nested_pattern(REGEX_DEPTH) + rb")*+", re.DOTALL)


class Scanner:
    """Read values from chunks of UTF-8, one after the other. Only brackets and quotes are checked."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        """Start before the first chunk."""
        self._chunks = chunks
        self._data, self._at = b"", 0
        self._start, self._is_large = 0, False  # of the current value

    def peek(self) -> bytes:
        """Return the next byte that is not white space; b"" at the end."""
        while True:
            self._start = self._at = _SPACE.match(self._data, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._data) or not self._read():
                return self._data[self._at : self._at + 1]

    def expect(self, sign: bytes) -> None:
        """Skip a character; raise StreamError if the next character differs."""
        if self.peek() != sign:
            raise self._unexpected_text_error()
        self._at += 1

    def value(self) -> bytes | None:
        """Return the text of the next value; None, after skipping it, for a value of more than MAX_DOCUMENT bytes."""
        first = self.peek()
        if not first or first in b",:]}":
            raise self._unexpected_text_error()
        match = _ONE.match(self._data, self._at)
        if match and match.end() < len(self._data):
            self._at = match.end()
            return match[0] if len(match[0]) <= MAX_DOCUMENT else None
        # The value is deeper than the pattern, or may continue in the next chunk.
        self._is_large = False
        if first in b'"[{':
            self._skip_nested()
        else:
            self._skip(_SCALAR)
        text = self._data[self._start : self._at]
        return None if self._is_large or len(text) > MAX_DOCUMENT else text

    def elements(self) -> Iterator[bytes | None]:
        """Yield the values of an array, each as `value` returns it."""
        for _ in self._separated(b"[", b"]"):
            while match := _ELEMENT.match(self._data, self._at):
                self._at = match.end()
                yield match[1] if len(match[1]) <= MAX_DOCUMENT else None
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
            raise self._unexpected_text_error()
        name = self.value()
        self.expect(b":")
        return name or b""

    def records(self) -> Iterator[bytes | None]:
        """Yield the records of {"Records": […]}, […] or JSON lines, each as `value` returns it.

        Raise StreamError("not_a_log") for a list with values that are not objects.
        """
        if not self.peek():
            raise StreamError("not_a_log", "the file contains only white space")
        while first := self.peek():
            # "Records": may be divided between two chunks.
            while len(self._data) - self._at < SEARCHED_BYTES and self._read():
                pass
            records_match = _RECORDS.match(self._data, self._at) if first == b"{" else None
            if first == b"{" and records_match is None:
                yield self.value()
                continue
            self._at = records_match.end() if records_match else self._at
            for record in self.elements():
                if record is not None and not record.startswith(b"{"):
                    raise StreamError("not_a_log", "JSON, but not a CloudTrail log")
                yield record
            if records_match:
                self._rest()

    def _rest(self) -> None:
        """Skip the members after the records."""
        while self.peek() == b",":
            self.expect(b",")
            self.name()
            self.value()
        self.expect(b"}")

    def _read(self) -> bool:
        """Append the next chunk to the text of the value, unless that is too large; return whether there was a chunk."""
        if self._at - self._start > MAX_DOCUMENT:
            self._start, self._is_large = self._at, True
        chunk = next(self._chunks, b"")
        self._data = self._data[self._start :] + chunk
        self._start, self._at = 0, self._at - self._start
        return bool(chunk)

    def _skip_nested(self) -> None:
        """Move to the end of a string, an array or an object."""
        depth = 0
        while True:
            sign = self._data[self._at]
            self._at += 1
            if sign == ord('"'):
                self._skip_string()
            else:
                depth += 1 if sign in b"[{" else -1
            if depth > MAX_DEPTH:
                raise StreamError("too_deep", f"nested deeper than {MAX_DEPTH} levels")
            if not depth:
                return
            self._skip(_WITHIN)  # to a bracket that the pattern does not match, or to a string that the chunk cuts

    def _skip_string(self) -> None:
        """Move to the end of a string after its first quote."""
        self._skip(_QUOTED)
        while self._data[self._at] != ord('"'):  # a backslash at the end of the chunk
            self._at += 1
            if not self._read():
                raise self._unexpected_text_error()
            self._at += 1
            self._skip(_QUOTED)
        self._at += 1

    def _skip(self, pattern: re.Pattern[bytes]) -> None:
        """Move to the first byte that a pattern does not match, in this chunk or in a later one."""
        self._at = pattern.match(self._data, self._at).end()  # type: ignore[union-attr]
        while self._at == len(self._data):
            if not self._read():
                raise self._unexpected_text_error()
            self._at = pattern.match(self._data, self._at).end()  # type: ignore[union-attr]

    def _unexpected_text_error(self) -> StreamError:
        """Return the error for the next character, or for the end of the file."""
        if self.peek():
            return StreamError("not_json", "not valid JSON")
        return StreamError("cut_short", "the file ends too early")
