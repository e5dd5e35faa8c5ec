"""Apply the requests that IAM events record to the items of their account, in the order of the events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from iamsql.runs.iam_state.account_state import AccountState, Change
from iamsql.runs.iam_state.apply import APPLIED, apply_request, other_calls
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest

# The parameter with the name or ID that no longer exists after an event.
ENDED = {
    "DeleteUser": "userName", "DeleteGroup": "groupName", "DeleteRole": "roleName", "DeleteServiceLinkedRole": "roleName",
    "DeletePolicy": "policyArn", "DeleteAccessKey": "accessKeyId", "UpdateUser": "userName", "UpdateGroup": "groupName",
}  # fmt: skip


@dataclass
class Replay:
    """What the events of an account changed: rows, and the operations whose data is unknown afterwards."""

    changes: list[tuple[IamRequest, Change]] = field(default_factory=list)
    unknown_calls: set[str] = field(default_factory=set)


def replay(state: AccountState, events: Iterable[IamRequest]) -> Replay:
    """Apply events to the state. Raise CannotApplyError, with the event, for one that is not known or contradicts the state."""
    result = Replay()
    ends: dict[str, datetime] = {}
    for event in events:
        for name in _ended_names(event):
            ends[name] = event.time
        if event.name in APPLIED:
            try:
                result.changes += [(event, change) for change in apply_request(state, event)]
            except CannotApplyError as error:
                raise CannotApplyError(
                    f"{event.name} of {event.iso_time} ({event.event_id}) cannot be applied: {error}"
                ) from error
        elif (calls := other_calls(event.name)) is not None:
            result.unknown_calls.update(calls)
        else:
            raise CannotApplyError(
                f"{event.name} of {event.iso_time} ({event.event_id}) is not an event that iamsql applies"
            )
    for skipped in state.skipped:
        # The sync read the state without it: an event must have deleted or renamed it since.
        if skipped.name not in ends or ends[skipped.name] < skipped.request.time:
            event = skipped.request
            raise CannotApplyError(
                f"{event.name} of {event.iso_time} ({event.event_id}) cannot be applied: the {skipped.noun} {skipped.name} "
                "is neither in the run nor deleted by a later event"
            )
    return result


def _ended_names(event: IamRequest) -> Iterator[str]:
    """Yield the name or ID that does not exist any more after an event."""
    name = event.parameters.get(ENDED.get(event.name, ""))
    if name and (
        event.name.startswith("Delete") or event.parameters.get(f"new{event.name.removeprefix('Update')}Name")
    ):
        yield str(name)


def parse_event(row: tuple[Any, ...], settled_at: datetime) -> IamRequest:
    """Return an event of a row of account, event ID, name, time, request parameters and response elements, both as JSON text."""
    account_id, event_id, name, time, *texts = row
    time = time.replace(tzinfo=UTC)
    parameters, response = (_parse_object(text) for text in texts)
    return IamRequest(account_id, event_id or "", name or "", time, parameters, response, time > settled_at)


def _parse_object(text: str | None) -> dict[str, Any]:
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}
