"""Remove actions from the Allow statements of policies. Resources, conditions and Deny statements stay as they are.

The new statements never allow more than the old ones. Actions are only removed, except that a wildcard can replace several
actions if the old statement allows every action that it matches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iamsql.api.policies.documents import (
    ATTACHED_POLICIES,
    POLICY_LANGUAGE_VERSION,
    Document,
    Statement,
    build_documents,
)
from iamsql.api.policies.patterns import Actions, covers, may_match, within_service


@dataclass(frozen=True)
class RemovedActions:
    """The actions to remove, in lower case.

    `unused` actions are also removed from patterns with wildcards, `ineffective` actions only from lists of actions. Patterns keep
    all of their actions in `open_services`, including actions that the list of actions does not have.
    """

    unused: frozenset[str]
    ineffective: frozenset[str]
    open_services: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        """Return the actions of both kinds."""
        return self.unused | self.ineffective


@dataclass(frozen=True)
class Narrowed:
    """The new documents, the kept patterns of the old documents that match no known action, and the removed actions."""

    documents: list[Document]
    unknown_patterns: list[str]
    removed: frozenset[str]

    def is_too_long(self, wider: Narrowed) -> bool:
        """Return whether a principal cannot have all documents as managed policies, and a wider policy has fewer."""
        return len(self.documents) > ATTACHED_POLICIES and len(wider.documents) < len(self.documents)


def narrow(
    policies: Sequence[Document],
    names: Collection[str],
    removed: Collection[str],
    ineffective: Collection[str] = (),
    open_services: Collection[str] = (),
) -> Narrowed:
    """Return documents that allow what the policies allow, without the actions of `removed`.

    `names` are all actions that the policies grant, in AWS's spelling; `removed` is a subset. Wildcards replace actions only if
    one document cannot contain all actions.

    `ineffective` actions are also removed, except from a pattern with wildcards that would otherwise stay: the pattern can match
    new actions that are not in `names`. For the same reason, wildcards stay for `open_services`, the prefixes of services with
    calls whose action is not known.
    """
    actions = Actions(names)
    removed_actions = RemovedActions(
        frozenset(name.lower() for name in removed),
        frozenset(name.lower() for name in ineffective),
        tuple(sorted(open_services)),
    )
    statements = list(_all_statements(policies))
    unknown = sorted({pattern for _, item in statements for pattern in _patterns_without_known_action(item, actions)})
    for is_short in (False, True):
        documents = build_documents(
            (version, narrowed)
            for version, statement in statements
            if (narrowed := _narrow_statement(statement, actions, removed_actions, is_short))
        )
        if len(documents) <= 1:
            break
    granted = frozenset(action for document in documents for action in _granted_actions(document, actions))
    return Narrowed(
        documents, unknown, frozenset(name for action, name in actions.names.items() if action not in granted)
    )


def _granted_actions(document: Document, actions: Actions) -> Iterator[str]:
    """Yield the actions that the Allow statements of a document match."""
    for statement in document["Statement"]:
        if statement.get("Effect") == "Allow" and "NotAction" in statement:
            yield from frozenset(actions.names).difference(
                *map(actions.matching_actions, _as_list(statement["NotAction"]))
            )
        elif statement.get("Effect") == "Allow":
            for pattern in _as_list(statement.get("Action")):
                yield from actions.matching_actions(pattern)


def _all_statements(policies: Sequence[Document]) -> Iterator[tuple[str, Statement]]:
    """Yield the statements with the version of the policy language that they need, Deny statements first."""
    statements = [
        (_required_version(policy, statement), statement)
        for policy in policies
        for statement in _as_list(policy.get("Statement"))
        if isinstance(statement, dict)
    ]
    yield from sorted(statements, key=lambda pair: pair[1].get("Effect") != "Deny")


def _required_version(policy: Document, statement: Statement) -> str:
    """Return the version of the policy language for a statement.

    The older version has no policy variables. It differs from the newer version only for a statement with ${.
    """
    version = str(policy.get("Version", "2008-10-17"))
    return version if "${" in str(statement) else POLICY_LANGUAGE_VERSION


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _patterns_without_known_action(statement: Statement, actions: Actions) -> Iterator[str]:
    """Yield the patterns of an Allow statement that match no known action."""
    if statement.get("Effect") == "Allow":
        yield from (pattern for pattern in _as_list(statement.get("Action")) if not actions.matching_actions(pattern))


def _narrow_statement(
    statement: Statement, actions: Actions, removed: RemovedActions, is_short: bool
) -> Statement | None:
    """Return the statement without the removed actions, or None if no action remains."""
    if statement.get("Effect") != "Allow":
        return statement
    if "NotAction" in statement:
        return _narrow_not_action(statement, actions, removed, is_short)
    patterns = _as_list(statement.get("Action"))
    kept_patterns: list[str] = []
    remaining_actions: set[str] = set()
    for pattern in patterns:
        matched = actions.matching_actions(pattern)
        if matched.isdisjoint(removed.unused if {"*", "?"} & set(pattern) else removed.all):
            kept_patterns.append(pattern)
        else:
            remaining_actions |= matched - removed.all
            kept_patterns += filter(None, (within_service(pattern, service) for service in removed.open_services))
    remaining_actions = {
        action
        for action in remaining_actions
        if not any(action in actions.matching_actions(pattern) for pattern in kept_patterns)
    }
    action_names = (
        actions.shorten(remaining_actions, patterns, is_excluding=False)
        if is_short
        else _sorted_names(remaining_actions, actions)
    )
    new_patterns = [*dict.fromkeys(kept_patterns), *action_names]
    if new_patterns == patterns:
        return statement
    return {**statement, "Action": new_patterns} if new_patterns else None


def _narrow_not_action(
    statement: Statement, actions: Actions, removed: RemovedActions, is_short: bool
) -> Statement | None:
    excluded_patterns = _as_list(statement["NotAction"])
    allowed_actions = frozenset(actions.names).difference(*map(actions.matching_actions, excluded_patterns))
    partly_excluded_services = [service for service in removed.open_services if _excludes(excluded_patterns, service)]
    if allowed_actions.isdisjoint(removed.unused) or any(
        not _excludes_all(excluded_patterns, service) for service in partly_excluded_services
    ):
        return statement
    wildcards = [f"{service}:*" for service in removed.open_services if service not in partly_excluded_services]
    remaining_actions = (allowed_actions - removed.all).difference(*map(actions.matching_actions, wildcards))
    patterns = [
        *wildcards,
        *(
            actions.shorten(remaining_actions, excluded_patterns, is_excluding=True)
            if is_short
            else _sorted_names(remaining_actions, actions)
        ),
    ]
    # The members stay in their order; Action replaces NotAction.
    return (
        {
            ("Action" if name == "NotAction" else name): (patterns if name == "NotAction" else value)
            for name, value in statement.items()
        }
        if patterns
        else None
    )


def _excludes(patterns: Sequence[str], service: str) -> bool:
    return any(may_match(pattern, f"{service}:") for pattern in patterns)


def _excludes_all(patterns: Sequence[str], service: str) -> bool:
    return any(covers(pattern, f"{service}:") for pattern in patterns)


def _sorted_names(selected_actions: Collection[str], actions: Actions) -> list[str]:
    return sorted(actions.names[action] for action in selected_actions)
