"""In a CI job, prevent the CI system from executing names from AWS as commands. All output passes through this module.

The streams break command sequences in text for people. Machine formats are written to `machine_stream`: JSON and XML with an
escape that their parsers undo, CSV unchanged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from iamsql.escaping import break_ci_commands

# `true` in each job of GitHub Actions, and `True` in each job of Azure Pipelines.
CI_VARIABLES = ("GITHUB_ACTIONS", "TF_BUILD")
# Characters of a line that are stored. A longer line is shortened to what determines the escapes of the next characters.
MAX_LINE_CHARACTERS = 1_000
JSON_ESCAPES, XML_ESCAPES = (r"\u005b", r"\u003a"), ("&#91;", "&#58;")
ESCAPES_BY_FORMAT = {
    "json": JSON_ESCAPES,
    "jsonl": JSON_ESCAPES,
    "sarif": JSON_ESCAPES,
    "ocsf": JSON_ESCAPES,
    "asff": JSON_ESCAPES,
    "junit": XML_ESCAPES,
}
UNCHANGED_FORMATS = ("csv",)


def is_ci() -> bool:
    """Return whether a CI system that executes commands in output reads what this process prints."""
    return any(os.environ.get(name) for name in CI_VARIABLES)


@contextmanager
def safe_streams() -> Iterator[None]:
    """In a CI job, replace standard output and standard error in the block."""
    original_streams = sys.stdout, sys.stderr
    if is_ci():
        sys.stdout, sys.stderr = CommandFreeStream(sys.stdout), CommandFreeStream(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = original_streams


def machine_stream(stream: Any, fmt: str) -> Any:
    """Return the stream for a format: of standard output that `safe_streams` replaced, a stream with the escapes of the format."""
    if not isinstance(stream, CommandFreeStream):
        return stream
    if fmt in UNCHANGED_FORMATS:
        return stream.stream
    return CommandFreeStream(stream.stream, *ESCAPES_BY_FORMAT[fmt]) if fmt in ESCAPES_BY_FORMAT else stream


class CommandFreeStream:
    """A text stream that breaks command sequences, including sequences that are written in several parts."""

    def __init__(self, stream: Any, *escapes: str) -> None:
        """Wrap a stream."""
        self.stream, self._escapes = stream, escapes
        self._lock = RLock()  # threads report progress; a signal handler may print while its thread writes
        self._line = ""  # what was written of the current line

    def write(self, text: str) -> int:
        """Write text with broken command sequences; return the number of its characters."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        # The last character of a sequence is replaced, so what was written stays a prefix.
        with self._lock:
            line_text = self._line + text
            written_text = break_ci_commands(self._line, *self._escapes)
            self.stream.write(break_ci_commands(line_text, *self._escapes)[len(written_text) :])
            line = line_text[max(line_text.rfind("\n"), line_text.rfind("\r")) + 1 :]
            if len(line) > MAX_LINE_CHARACTERS:
                line = "." + line[-10:] if line.strip().strip(":") else " :"[: 1 + line.endswith(":")]
            self._line = line
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the stream, except attributes that would let a caller bypass this class."""
        if name in ("buffer", "raw", "detach"):
            raise AttributeError(name)
        return getattr(self.stream, name)
