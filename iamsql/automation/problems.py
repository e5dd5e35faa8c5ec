"""Collect the problems of a request, so a user reads all of them at once and not one for each attempt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from iamsql.model import IamsqlError

SENTENCE_ENDS = (".", "!", "?", ":", ";", ",", "…")


class Problems:
    """The errors of a request, each once, in the order that they were found."""

    def __init__(self) -> None:
        """Begin without problems."""
        self._messages: dict[str, None] = {}

    @contextmanager
    def collect(self, subject: str = "") -> Iterator[None]:
        """Store an IamsqlError instead of raising it; `subject` names what it is about."""
        try:
            yield
        except IamsqlError as error:
            self._messages.setdefault(f"{subject}: {error}" if subject else str(error))

    def require_none(self) -> None:
        """Raise one IamsqlError with all problems, a line for each; do nothing if there is none."""
        messages = list(self._messages)
        if len(messages) == 1:
            raise IamsqlError(messages[0])
        if messages:
            lines = [f"  {join_lines(message)}" for message in messages]
            raise IamsqlError("\n".join([f"{len(messages)} problems must be resolved first:", *lines]))


def join_lines(message: str) -> str:
    """Join the lines of a message with spaces. Each line but the last ends with a punctuation mark."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    ended_lines = [line if line.endswith(SENTENCE_ENDS) else f"{line}." for line in lines[:-1]]
    return " ".join([*ended_lines, *lines[-1:]])
