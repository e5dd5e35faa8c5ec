"""Record what was delivered to each target in `.notify.json` of the runs folder, so nothing is sent twice and nothing is lost.

A file that is damaged, or that a newer version wrote, is an error: a fresh start would skip what earlier deliveries missed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from iamsql.automation.notify.earlier_runs import parse_start_time
from iamsql.model import IamsqlError
from iamsql.render.files import atomic_write
from iamsql.runs.directory import read_regular
from iamsql.runs.latest import RunWithStatus
from iamsql.runs.lock import folder_lock

STATE_FILE, LOCK_FILE = ".notify.json", ".notify.lock"
SCHEMA = "iamsql.notify-state/1"
MAX_STATE_BYTES = 64 * 1024 * 1024
STORED_FINGERPRINT_LENGTH = 32  # hexadecimal digits of a stored fingerprint: 128 bits
MAX_SMALL_STATE = 1_000  # fingerprints up to which the file is written after each message
WRITE_INTERVAL = 50  # messages between two writes of a longer file
LOCK_TIMEOUT = 60.0  # seconds to wait for another command that sends
Key = tuple[str, str, str]  # the label of the target, the organization, and the selection of changes


@dataclass(frozen=True)
class TargetState:
    """The deliveries to a target: the last run that was delivered completely, and a later run that was delivered in part.

    `partial`: the later run. `sent`: the fingerprints of its delivered changes.
    `all_at`: the start of the run whose open findings were all delivered.
    `owed`: the groups of the delivered run whose messages failed. The next run includes the open findings of their accounts.
    """

    delivered: str = ""
    delivered_at: datetime | None = None
    partial: str = ""
    sent: frozenset[str] = field(default_factory=frozenset)
    all_at: datetime | None = None
    owed: frozenset[str] = field(default_factory=frozenset)

    def has(self, run_id: str, fingerprint: str) -> bool:
        """Return whether a change of a run was delivered."""
        return self.partial == run_id and fingerprint[-STORED_FINGERPRINT_LENGTH:] in self.sent


class NotifyState:
    """The states by target, organization and selection. Threads may record at the same time."""

    def __init__(self, folder: Path) -> None:
        """Read the file. Raise IamsqlError if it is damaged or if a newer version wrote it."""
        self._path = folder / STATE_FILE
        self._states = _read_states(self._path)
        self._lock, self._unwritten = Lock(), 0

    def of(self, key: Key) -> TargetState:
        """Return the state of a target; an empty one for a target that received nothing."""
        return self._states.get(key, TargetState())

    def add(self, key: Key, run: RunWithStatus, fingerprints: Iterable[str]) -> None:
        """Record that changes of a run were delivered."""
        with self._lock:
            state, run_id = self.of(key), run[1].run_id
            earlier_fingerprints = state.sent if state.partial == run_id else frozenset[str]()
            sent_fingerprints = earlier_fingerprints | {
                fingerprint[-STORED_FINGERPRINT_LENGTH:] for fingerprint in fingerprints
            }
            self._states[key] = replace(state, partial=run_id, sent=sent_fingerprints)
            self._unwritten += 1
            if len(sent_fingerprints) <= MAX_SMALL_STATE or self._unwritten >= WRITE_INTERVAL:
                self._write_file()

    def complete(self, key: Key, run: RunWithStatus, with_all: bool = False, owed: Iterable[str] = ()) -> None:
        """Record that a run was delivered, except to the groups `owed`; `with_all` if all its open findings were delivered."""
        with self._lock:
            state = self.of(key)
            all_at = parse_start_time(run) if with_all else state.all_at
            latest_delivery = max(
                [
                    (parse_start_time(run), run[1].run_id),
                    *([(state.delivered_at, state.delivered)] if state.delivered_at else []),
                ]
            )
            self._states[key] = TargetState(latest_delivery[1], latest_delivery[0], all_at=all_at, owed=frozenset(owed))
            self._write_file()

    def save(self) -> None:
        """Write the states that are not written yet."""
        with self._lock:
            if self._unwritten:
                self._write_file()

    def _write_file(self) -> None:
        text = json.dumps(
            {"schema": SCHEMA, "targets": [_state_as_row(*entry) for entry in sorted(self._states.items())]}
        )
        atomic_write(self._path, lambda stream: print(text, file=stream), follow=False)
        self._unwritten = 0


@contextmanager
def locked_state(folder: Path) -> Iterator[NotifyState]:
    """Lock the state of a runs folder until the end of a delivery. Raise IamsqlError if another command delivers for long."""
    with folder_lock(folder, LOCK_TIMEOUT, LOCK_FILE):
        state = NotifyState(folder)
        try:
            yield state
        finally:
            state.save()


def _state_as_row(key: Key, state: TargetState) -> dict[str, Any]:
    times = {"delivered_at": state.delivered_at, "all_at": state.all_at}
    return {
        **dict(zip(("target", "organization", "selection"), key, strict=True)),
        "delivered": state.delivered,
        "partial": state.partial,
        "sent": sorted(state.sent),
        "owed": sorted(state.owed),
        **{name: time.isoformat() if time else "" for name, time in times.items()},
    }


def _read_states(path: Path) -> dict[Key, TargetState]:
    try:
        document = json.loads(read_regular(path, MAX_STATE_BYTES))
        if document["schema"] != SCHEMA:
            raise IamsqlError(f"{path} is of a newer version of iamsql.\nInstall a newer version of iamsql.")
        return dict(_parse_entry(row) for row in document["targets"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise IamsqlError(
            f"{path}, which says what was delivered, cannot be read ({type(error).__name__}).\nDelete it to start again: the next"
            " notification has what changed since the previous run. Use --since RUN for changes since an earlier run."
        ) from error


def _parse_entry(row: dict[str, Any]) -> tuple[Key, TargetState]:
    """Return a stored entry. Raise ValueError or LookupError if this version does not write such an entry."""
    texts = [row[name] for name in ("target", "organization", "selection", "delivered", "partial")]
    if not all(isinstance(text, str) for text in (*texts, *row["sent"], *row["owed"])):
        raise ValueError(row["target"])
    times = [datetime.fromisoformat(row[name]) if row[name] else None for name in ("delivered_at", "all_at")]
    if any(time and time.tzinfo is None for time in times):
        raise ValueError(row["target"])
    state = TargetState(texts[3], times[0], texts[4], frozenset(row["sent"]), times[1], frozenset(row["owed"]))
    return (texts[0], texts[1], texts[2]), state
