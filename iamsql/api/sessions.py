"""The sessions of the run files that a process has open.

DuckDB opens a file once in a process, with settings that are locked. Runs with the same file and settings therefore share a
session. Another session closes the file, which is opened again for the next query of the first. Calls from several threads run
one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from weakref import WeakValueDictionary

from iamsql.query.session import Session
from iamsql.runs.store.limits import StatementLimits

_LOCK = RLock()
# The runs that use a session refer to it.
_SESSIONS: WeakValueDictionary[tuple[Path, bool, StatementLimits | None, bool], Session] = WeakValueDictionary()


def session_of(path: Path, allow_files: bool, limits: StatementLimits | None, is_read_only: bool) -> Session:
    """Return the session of a run file and its settings."""
    with _LOCK:
        key = (path.absolute(), allow_files, limits, is_read_only)
        session = _SESSIONS.get(key)
        if session is None:
            session = _SESSIONS[key] = Session(path, allow_files, limits, is_read_only=is_read_only)
        return session


@contextmanager
def using(session: Session) -> Iterator[Session]:
    """Yield a session that is the only user of its file."""
    with _LOCK:
        for other in list(_SESSIONS.values()):
            if other is not session and other.path.absolute() == session.path.absolute():
                other.close()
        yield session


@contextmanager
def closed_sessions() -> Iterator[None]:
    """Close all files for a function that opens run files itself."""
    with _LOCK:
        for session in list(_SESSIONS.values()):
            session.close()
        yield
