"""The terminal of the shell: multi-line editing, a history file that only its owner can read, and completion on Tab."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_state_dir
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from iamsql.escaping import printable
from iamsql.query.shell.completion import Names, suggest
from iamsql.query.shell.splitter import is_complete


class NameCompleter(Completer):
    """Complete names of the run and of the queries."""

    def __init__(self, names: Callable[[], Names]) -> None:
        """Store the function that returns the names."""
        self._names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the completions at the cursor, without names that have control or invisible characters."""
        for suggestion in suggest(document.text_before_cursor, document.text_after_cursor, self._names()):
            if printable(suggestion.text) == suggestion.text:
                yield Completion(suggestion.text, -suggestion.replaces, display_meta=printable(suggestion.about))


class ShellHistory(FileHistory):
    """A history file; lines that cannot be stored are dropped."""

    def store_string(self, string: str) -> None:
        """Append a line to the file."""
        with suppress(OSError):
            super().store_string(string)


def history_path() -> Path:
    """Return the path of the history file, in the platform's folder for user state."""
    return Path(user_state_dir("iamsql", appauthor=False)) / "history"


def open_history(path: Path) -> History:
    """Open the history file with mode 0600; use memory if it cannot be written or belongs to another user."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # O_EXCL and a mode at creation: chmod after opening would leave a moment when others can read the file.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if not _is_own_file(path):
            return InMemoryHistory()
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return ShellHistory(str(path))


def _is_own_file(path: Path) -> bool:
    """Return whether the path is a regular file of this user, or a symlink of this user to such a file.

    Another user may have created a link to a file of this user; reading a pipe or a device would not end.
    """
    uid = os.getuid() if hasattr(os, "getuid") else None
    status = path.stat()
    return stat.S_ISREG(status.st_mode) and uid in (None, status.st_uid) and uid in (None, path.lstat().st_uid)


def key_bindings(names: Callable[[], Names]) -> KeyBindings:
    """Return the key bindings: Enter accepts a completion, runs a query by name or a complete statement, or starts a new line."""
    bindings = KeyBindings()

    @bindings.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif is_complete(buffer.text) or is_complete(buffer.text, names().queries):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return bindings


def create_prompt(names: Callable[[], Names], stored_history: History, **terminal: Any) -> PromptSession[str]:
    """Return the prompt; `terminal` replaces input and output in tests."""
    return PromptSession(
        multiline=True,
        prompt_continuation=lambda width, line, wrapped: "…> ".rjust(width),
        key_bindings=key_bindings(names),
        history=stored_history,
        completer=NameCompleter(names),
        complete_while_typing=False,
        enable_open_in_editor=True,
        **terminal,
    )
