"""The terminal's side: editing over several lines, history in a file that only its owner reads, completion on Tab."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from iamsql.render import seen
from iamsql.shell.completion import Known, suggest
from iamsql.shell.splitter import is_whole


class Words(Completer):
    """Completion out of what is known of the run and the queries; both may change from line to line."""

    def __init__(self, known: Callable[[], Known]) -> None:
        """Keep where to look."""
        self._known = known

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Give what can stand at the cursor; a name with control or invisible characters is left out."""
        for one in suggest(document.text_before_cursor, document.text_after_cursor, self._known()):
            if seen(one.text) == one.text:
                yield Completion(one.text, -one.replaces, display_meta=seen(one.about))


class Lines(FileHistory):
    """A history file; a disk that takes no more costs the history and not the shell."""

    def store_string(self, string: str) -> None:
        """Add a line to the file."""
        with suppress(OSError):
            super().store_string(string)


def history_file() -> Path:
    """Name the history file, in the folder where the system keeps a user's state."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("iamsql", appauthor=False)) / "history"


def history(path: Path) -> History:
    """Open the history, its file readable by its owner alone; in memory where it cannot be written or belongs to others."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if not _is_own_file(path):
            return InMemoryHistory()
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return Lines(str(path))


def _is_own_file(path: Path) -> bool:
    """Tell whether the path is a regular file of this user, or a symlink of this user to such a file.

    Another user may have put a link to a file of this user there; a pipe or a device would be read without end.
    """
    uid = os.getuid() if hasattr(os, "getuid") else None
    found = path.stat()
    return stat.S_ISREG(found.st_mode) and uid in (None, found.st_uid) and uid in (None, path.lstat().st_uid)


def keys() -> KeyBindings:
    """Have Enter run what is whole and go on with a new line otherwise; on a completion it takes that."""
    bound = KeyBindings()

    @bound.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif is_whole(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return bound


def prompter(known: Callable[[], Known], past: History, **terminal: Any) -> PromptSession[str]:
    """Make what asks for lines; `terminal` gives another input and output in tests."""
    return PromptSession(
        multiline=True,
        prompt_continuation=lambda width, line, wrapped: "…> ".rjust(width),
        key_bindings=keys(),
        history=past,
        completer=Words(known),
        complete_while_typing=False,
        enable_open_in_editor=True,
        **terminal,
    )
