"""The IAM actions in the list that iamsql ships, and the check of an action against this list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

from iamsql.query.arguments.near import similar_names
from iamsql.query.arguments.problems import MAX_VALUE_CHARACTERS, ArgumentError
from iamsql.tables.compiler.action_list import FILE

ACTION_PATTERN = re.compile(r"[a-z0-9-]+:[a-z0-9*?]+", re.IGNORECASE)
UNCHECKED_SUFFIX = "!"  # at the end of an action that is newer than the list
EXAMPLE_ACTION = "iam:CreateUser"
# If several services have an action of the same name, the services that questions are usually about come first.
COMMON_SERVICES = ("iam", "sts", "s3", "kms", "ec2", "lambda")


def checked_action(text: str) -> tuple[str, str]:
    """Return an action in AWS's spelling, and a note about an action that cannot be checked, or ''.

    Raise ArgumentError for text of another form, for an action that its service does not have, and for a pattern that matches no
    action.
    """
    if text == "*":
        return text, ""
    is_unchecked, action = text.endswith(UNCHECKED_SUFFIX), text.removesuffix(UNCHECKED_SUFFIX)
    if not ACTION_PATTERN.fullmatch(action):
        raise ArgumentError(text, f"is not an action such as {EXAMPLE_ACTION}", _near_actions(text))
    prefix, _, name = action.partition(":")
    service_actions = find_action_names(prefix.lower())
    if is_unchecked and not set("*?") & set(action):
        return (
            action,
            f"{action[:MAX_VALUE_CHARACTERS]} is not in iamsql's list of actions of {action_list_date()}: "
            "the answer may not apply to it.",
        )
    if service_actions and ("*" in name or "?" in name):
        if any(fnmatchcase(action_name.lower(), name.lower()) for action_name in service_actions):
            return action, ""
        raise ArgumentError(text, "matches no action", _near_actions(action.replace("*", "").replace("?", "")))
    canonical_name = {action_name.lower(): action_name for action_name in service_actions}.get(name.lower())
    if canonical_name:
        return f"{prefix.lower()}:{canonical_name}", ""
    newer_action_hint = (
        f"Add {UNCHECKED_SUFFIX} to ask about an action that is newer than iamsql's list of {action_list_date()}: "
        f"{action}{UNCHECKED_SUFFIX}"
    )
    raise ArgumentError(text, "is not an action", _near_actions(action), newer_action_hint)


def checked_service(text: str) -> str:
    """Return the prefix of a service. Raise ArgumentError if no action begins with the text."""
    if text.lower() in _service_prefixes():
        return text.lower()
    raise ArgumentError(text, "is not the prefix of a service such as iam", similar_names(text, _service_prefixes()))


@cache
def find_action_names(prefix: str) -> tuple[str, ...]:
    """Return the actions of a service without the prefix; () for a service that is not in the list."""
    for line in _file_lines():
        if line.startswith(f"{prefix},"):
            return tuple(line.partition(",")[2].split())
    return ()


def all_actions() -> Iterator[tuple[str, str]]:
    """Yield the prefix and the name of each action."""
    for line in _data_lines():
        prefix, _, names = line.partition(",")
        yield from ((prefix, name) for name in names.split())


def action_list_date() -> str:
    """Return the date of the list, in ISO 8601."""
    return next(line.removeprefix("# date: ") for line in _file_lines() if line.startswith("# date: "))


def _near_actions(text: str) -> list[str]:
    """Return at most three similar actions: of the same or a similar service; of any service if the text names none."""
    prefix, colon, name = text[:200].rpartition(":")
    if not colon:
        same_name = [
            f"{service}:{action_name}" for service, action_name in all_actions() if action_name.lower() == name.lower()
        ]
        if same_name:
            return [action for action in same_name if _action_rank(action)[0] < len(COMMON_SERVICES)] or sorted(
                same_name
            )[:3]
        services = [*COMMON_SERVICES]
    elif find_action_names(prefix.lower()):
        services = [prefix.lower()]
    else:
        services = similar_names(prefix, _service_prefixes(), limit=5)
    actions = [
        f"{service}:{action_name}"
        for service in services
        for action_name in similar_names(name, find_action_names(service))
    ]
    exact_matches = [action for action in actions if action.lower().endswith(f":{name.lower()}")]
    return (exact_matches or actions)[:3]


def _action_rank(action: str) -> tuple[int, str]:
    prefix = action.partition(":")[0]
    return COMMON_SERVICES.index(prefix) if prefix in COMMON_SERVICES else len(COMMON_SERVICES), action


def _service_prefixes() -> list[str]:
    return [line.partition(",")[0] for line in _data_lines()]


def _data_lines() -> list[str]:
    """Return the lines after the comments and the header."""
    return [line for line in _file_lines() if not line.startswith("# ")][1:]


@cache
def _file_lines() -> tuple[str, ...]:
    return tuple(FILE.read_text(encoding="utf-8").splitlines())
