"""Order the events of one second by their dependencies: event times are whole seconds, and event IDs are random.

A user exists before its key, and is deleted after it. Where the order matters and cannot be known, the state is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from iamsql.canonical_json import canonical_json
from iamsql.runs.iam_state.account_state import DETAILS, AccountState
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest
from iamsql.tables.calls.account import POLICY_DETAILS

ENTITIES = ("User", "Group", "Role", "Policy", "ServiceLinkedRole")
FIRST, PARTS, CHANGES, REMOVALS, DELETIONS, LAST = range(6)
# The ranks of other events by the first word of their names. Creations of entities are first, deletions last.
RANKS = {
    "Create": PARTS, "Upload": PARTS, "Detach": REMOVALS, "Remove": REMOVALS, "Untag": REMOVALS, "Deactivate": REMOVALS,
    "Delete": DELETIONS,
}  # fmt: skip
OWNERS = ("userName", "groupName", "roleName", "policyArn")
# Verbs that begin the names of changes. The order of two changes matters if they change the same part (`_changed_part`).
VERBS = ("Attach", "Detach", "Put", "Delete", "Add", "Remove", "Update", "SetDefault", "Tag", "Untag")
PREPOSITIONS = ("To", "From")  # AddUserToGroup, RemoveUserFromGroup


def in_order(state: AccountState, events: Iterable[IamRequest]) -> Iterator[IamRequest]:
    """Yield events in a possible order. The given events are ordered by time.

    Each second is ordered by the state after the previous second, so the caller must apply each event before it takes the next.
    Raise CannotApplyError if the order of contradicting events is not known.
    """
    for _, events_of_second in groupby(events, key=lambda event: event.time):
        second = list(events_of_second)
        yield from second if len(second) == 1 else _order_second(state, second)


def _order_second(state: AccountState, second: Sequence[IamRequest]) -> list[IamRequest]:
    created = {name for event in second if _event_rank(event) == FIRST for name in _entity_names(event)}
    _require_one_order(second, created)
    ordered = sorted(second, key=lambda event: (_event_rank(event), event.event_id))
    for event in [event for event in ordered if _event_rank(event) == LAST]:
        name = next(iter(_entity_names(event)), "")
        if name in created and _exists(state, event, name):
            others = [other for other in second if name in _entity_names(other)]
            if len(others) > 2:
                raise _contradiction_error(second, f"{name} is deleted, created and changed")
            ordered.remove(event)
            ordered.insert(0, event)
    return ordered


def _event_rank(event: IamRequest) -> int:
    verb = next((word for word in ("Create", "Delete") if event.name.startswith(word)), "")
    if verb and event.name.removeprefix(verb) in ENTITIES:
        return FIRST if verb == "Create" else LAST
    return next((rank for word, rank in RANKS.items() if event.name.startswith(word)), CHANGES)


def _entity_names(event: IamRequest) -> set[str]:
    """Return the names of the entities that an event concerns, including names that only its response has."""
    names = {event.parameters.get(name) for name in OWNERS}
    for created in (event.response.get(member) for member in ("policy", "role")):
        names |= {created.get("arn"), created.get("roleName")} if isinstance(created, dict) else set()
    return {name for name in names if isinstance(name, str) and name}


def _exists(state: AccountState, event: IamRequest, name: str) -> bool:
    """Return whether the state has the entity that an event deletes."""
    if event.name == "DeletePolicy":
        return state.find(POLICY_DETAILS.raw, "Arn", name) is not None
    entity_type = "role" if event.name.endswith("Role") else event.name.removeprefix("Delete").lower()
    return state.find(DETAILS[entity_type], f"{entity_type.title()}Name", name) is not None


def _require_one_order(second: Sequence[IamRequest], created: set[str]) -> None:
    """Raise CannotApplyError for two different changes of the same thing, unless the second creates it: a removal is then last."""
    change_by_part: dict[tuple[Any, ...], tuple[str, str]] = {}
    for event in second:
        changed_part = _changed_part(event)
        if changed_part is None:
            continue
        change = (event.name, canonical_json(event.parameters))
        earlier_change = change_by_part.setdefault(changed_part, change)
        if earlier_change != change and (earlier_change[0] == event.name or not created & _entity_names(event)):
            raise _contradiction_error(second, f"{earlier_change[0]} and {event.name} change the same")


def _changed_part(event: IamRequest) -> tuple[Any, ...] | None:
    """Return what identifies the thing that an event changes; None for a creation, and for the deletion of an entity."""
    verb = next((word for word in VERBS if event.name.startswith(word)), "")
    if event.name == "CreatePolicyVersion" and event.parameters.get("setAsDefault"):
        verb = "Create"  # another event of the second can select another default version
    if not verb or _event_rank(event) in (FIRST, LAST):
        return None
    noun = event.name.removeprefix(verb)
    for word in PREPOSITIONS:
        noun = noun.replace(f"{word}Group", "Group")
    members = (*OWNERS, "policyName", "accessKeyId")
    values = tuple(event.parameters.get(name) for name in members)
    if noun == "AccessKey" and verb == "Delete":
        return None  # after every change of the key
    if noun == "PolicyVersion" and verb == "Delete":
        return None
    part = f"{noun}:attached" if verb in ("Attach", "Detach") else noun
    return (part, *map(str, values))


def _contradiction_error(second: Sequence[IamRequest], reason: str) -> CannotApplyError:
    ids = ", ".join(event.event_id for event in second)
    return CannotApplyError(f"the order of the events of {second[0].iso_time} is not known: {reason} ({ids})")
