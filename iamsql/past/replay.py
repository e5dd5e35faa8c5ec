"""Apply the IAM events of an account to its items, in the order of the events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from iamsql.past.account_state import AccountState, CannotApply, Change, IamEvent
from iamsql.past.identity_events import APPLIED, other_calls


@dataclass
class Replay:
    """What the events of an account changed: rows, and the operations whose data is unknown afterwards."""

    changes: list[tuple[IamEvent, Change]] = field(default_factory=list)
    unknown_calls: set[str] = field(default_factory=set)


def replay(state: AccountState, events: Sequence[IamEvent]) -> Replay:
    """Apply events to the state. Raise CannotApply, with the event, for one that is not known or contradicts the state."""
    done = Replay()
    for event in events:
        if apply := APPLIED.get(event.name):
            try:
                done.changes += [(event, change) for change in apply(state, event)]
            except CannotApply as error:
                raise CannotApply(
                    f"{event.name} of {event.iso_time} ({event.event_id}) cannot be applied: {error}"
                ) from error
        elif (calls := other_calls(event.name)) is not None:
            done.unknown_calls.update(calls)
        else:
            raise CannotApply(
                f"{event.name} of {event.iso_time} ({event.event_id}) is not an event that iamsql applies"
            )
    return done


def event_of(row: tuple[Any, ...], settled_at: datetime) -> IamEvent:
    """Return an event of a row of account, event ID, name, time, request parameters and response elements, both as JSON text."""
    account_id, event_id, name, time, *texts = row
    time = time.replace(tzinfo=UTC)
    parameters, response = (_object(text) for text in texts)
    return IamEvent(account_id, event_id or "", name or "", time, parameters, response, time > settled_at)


def _object(text: str | None) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
