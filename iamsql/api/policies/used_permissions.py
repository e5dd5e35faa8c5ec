"""Derive the narrowed policy of a user or role from its recorded use."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iamsql.api import policies as least_privilege
from iamsql.api.run import Run
from iamsql.escaping import printable
from iamsql.model import IamsqlError
from iamsql.model.extras import install_command
from iamsql.query.answer import Answer
from iamsql.query.arguments.principals import LIST_PRINCIPALS_HINT, resolve_principals
from iamsql.query.arguments.problems import ArgumentError
from iamsql.runs.coverage.commands import sync_of
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.tables.iam_actions import is_installed

COLLECT_HINT = "Get it with: {} --trail auto --for unused_permissions"
MAX_NAMED_POLICIES = 5  # policies that an error names
# The services that AWS services call for a principal, and whose actions other calls need.
SHARED_SERVICES = frozenset(("iam", "kms", "sts"))
# One row for each principal. The macros of the other statements are here too: `latest` is a run that has their tables, and a run
# of a lake is opened with all of these tables.
PRINCIPALS_SQL = """
select p.principal_arn, p.name, (select count(*) from aws_iam_action) as actions
from aws_iam_principal as p
union all select null, null, null from iam_permission_use('', 0) as u where false
union all select null, null, null from iam_principal_documents('') as d where false
order by all
"""
PERMISSION_USE_SQL = """
select u.name, u.service, u.state, u.reason, u.use, u.denied_by, u.unknown_calls, u.unread
from iam_permission_use($principal, $days::integer) as u
order by u.service, u.name
"""
# The prefixes of the services of calls whose action is not known. Without a service in the list of actions, it is the event source.
OPEN_SERVICES_SQL = """
select distinct coalesce(u.service, split_part(u.event_source, '.', 1)) as service
from aws_iam_action_use as u
where u.principal_arn = $principal and u.mapping is null and u.last_used >= $start::timestamp
order by all
"""
POLICIES_SQL = "select d.* from iam_principal_documents($principal) as d order by all"
EVENT_WINDOW_SQL = """
select w.is_read, w.window_start, w.window_end, w.gaps, w.complete_days
from iam_event_windows($days::integer) as w where w.account_id = split_part($principal, ':', 5)
"""


@dataclass(frozen=True)
class Permission:
    """An action that Allow statements of the policies match.

    `use` is used, not seen, cannot be seen or unknown. `state` is the same, or denied; `reason` explains it.
    `denied_by` has the reasons of a denial, such as explicit_deny_scp. `unknown_calls` are the calls of the service in the period
    whose IAM action is not known: they may need the action.
    """

    name: str
    service: str
    state: str
    reason: str
    use: str
    denied_by: tuple[str, ...] = ()
    unknown_calls: tuple[str, ...] = ()

    @property
    def is_ineffective(self) -> bool:
        """Return whether the policy allows the action without effect: it is denied, and events show no use.

        A resource control policy denies an action only on the resources of the organization.
        """
        return self.state == "denied" and self.use != "used" and self.denied_by != ("explicit_deny_rcp",)


@dataclass(frozen=True)
class NarrowedPolicy:
    """The narrowed policy of a principal: `documents`, the `permissions` that the old policies grant, and the names `removed`.

    `policies`: the names of the old policies. `unread_policies`: policies that were not read and can deny more actions.
    `unknown`: the actions that the catalog of actions does not have; they are kept.
    `window`: the start and the end in UTC. `gaps`: sentences about missing events in the window.
    `complete_days`: the number of the window's last days without gaps. `caveats`: the caveats of the answers.
    `other_size`: the number of documents with the opposite of `used_services`; None if it was not counted.
    `is_wider`: whether the policy keeps the actions that `used_services` removes, because it would otherwise be too long.
    """

    principal: str
    documents: list[dict[str, Any]]
    permissions: tuple[Permission, ...]
    removed: frozenset[str]
    policies: tuple[str, ...]
    unknown: tuple[str, ...]
    window: tuple[datetime, datetime]
    gaps: tuple[str, ...]
    complete_days: int
    unread_policies: tuple[str, ...]
    caveats: tuple[str, ...]
    run_id: str
    other_size: int | None = None
    is_wider: bool = False


def narrowed_policy(
    run: Run, principal: str, days: int = 0, *, used_services: bool = False, keep_denied: bool = False
) -> NarrowedPolicy:
    """Return the policy of a user or role, an ARN or a unique name, without the actions that were not seen or are denied.

    `days` limits the events to the last days; 0 is all events of the run. With `used_services`, actions whose use events cannot
    show are also removed if the principal used no action of their service; the services in SHARED_SERVICES are an exception. With
    `keep_denied`, actions that are denied now are kept: they are allowed again when the policies that deny them are detached.

    Raise IamsqlError if there is no such principal, if its policies or the events of its account were not read, and if no action
    would remain.
    """
    try:
        principals = run.sql(PRINCIPALS_SQL)
    except NotCollected as error:
        raise NotCollected(f"{str(error).partition(chr(10))[0]}\n{_collect_command(run)}", error.tables) from None
    arn = _resolve_arn(run, principal, principals)
    same_run = run if principals.run is None else replace(run, name=str(principals.run))
    values: dict[str, Any] = {"principal": arn, "days": days}
    window = _event_window(run, same_run.sql(EVENT_WINDOW_SQL, **values), arn)
    policies = same_run.sql(POLICIES_SQL, principal=arn)
    documents = _policy_documents(policies, arn)
    uses = same_run.sql(PERMISSION_USE_SQL, **values)
    permissions = tuple(map(_parse_permission, uses.rows))
    names, open_services = [permission.name for permission in permissions], list[str]()
    if any(permission.unknown_calls for permission in permissions):
        open_services = _service_prefixes(same_run.sql(OPEN_SERVICES_SQL, principal=arn, start=window[0]))

    def narrow(used_services: bool) -> least_privilege.Narrowed:
        removed = _removable_actions(permissions, used_services, keep_denied)
        return least_privilege.narrow(documents, names, *removed, open_services)

    narrowed = narrow(used_services)
    alternative = narrow(not used_services) if len(narrowed.documents) > 1 else None
    # Without single actions, long lists replace patterns.
    is_wider = used_services and alternative is not None and narrowed.is_too_long(alternative)
    if alternative and is_wider:
        narrowed, alternative = alternative, narrowed
    if not any(part.get("Effect") == "Allow" for document in narrowed.documents for part in document["Statement"]):
        raise IamsqlError(
            f"{printable(arn)} used none of the {len(names):,} actions that its policies grant, from {_time_text(window[0])} "
            f"to {_time_text(window[1])} UTC.\n"
            "A policy cannot be empty: remove its policies, or see: iamsql query unused_permissions"
        )
    unread_policies = tuple(uses.rows[0][7]) if uses.rows else ()
    return NarrowedPolicy(
        arn, narrowed.documents, permissions, narrowed.removed, tuple(map(_policy_label, policies.rows)),
        tuple(narrowed.unknown_patterns), window[:2], tuple(window[2]), window[3] or 0, unread_policies,
        _unique_caveats(principals, uses), principals.run_id, len(alternative.documents) if alternative else None, is_wider,
    )  # fmt: skip


def _unique_caveats(*answers: Answer) -> tuple[str, ...]:
    """Return the caveats of answers, each once."""
    return tuple(dict.fromkeys(caveat for answer in answers for caveat in answer.caveats))


def _parse_permission(row: Sequence[Any]) -> Permission:
    name, service, state, reason, use, denied_by, unknown_calls, _ = row
    return Permission(name, service, state, reason or "", use, tuple(denied_by or ()), tuple(unknown_calls))


def _removable_actions(
    permissions: Sequence[Permission], used_services: bool, keep_denied: bool
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the unused actions to remove, and the names of the actions that the policies allow without effect."""
    services = SHARED_SERVICES | {item.service for item in permissions if item.state == "used" or item.unknown_calls}
    removable = [item for item in permissions if not (keep_denied and item.state == "denied")]
    unused = (
        item.name
        for item in removable
        if item.use == "not seen" or (used_services and item.use == "cannot be seen" and item.service not in services)
    )
    return frozenset(unused), frozenset(item.name for item in removable if item.is_ineffective)


def _service_prefixes(answer: Answer) -> list[str]:
    """Return the prefixes of services. Event sources of imported log files can be any text."""
    return [row[0] for row in answer.rows if re.fullmatch(r"[a-z0-9-]+", row[0] or "")]


def _collect_command(run: Run) -> str:
    """Return the command that collects the missing data, from the source of the run."""
    return COLLECT_HINT.format(sync_of(run.metadata))


def _resolve_arn(run: Run, principal: str, principals: Answer) -> str:
    """Return the ARN of a principal. Raise IamsqlError if there is none, or more than one with the name."""
    try:
        arn = resolve_principals(lambda sql, values: run.sql(sql, **values).rows, [principal])[principal]
        if arn not in {row[0] for row in principals.rows}:
            raise ArgumentError(arn, "is not a user or role of this run", step=LIST_PRINCIPALS_HINT)
    except ArgumentError as problem:
        raise problem.error() from None
    if arn.split(":", 5)[-1].startswith("role/aws-service-role/"):
        raise IamsqlError(f"{printable(arn)} is a service-linked role.\nOnly AWS can change its permissions.")
    if not principals.rows[0][2]:
        install = f"Install it with: {install_command('actions')}, and collect the run again."
        step = _collect_command(run) if is_installed() else install
        raise IamsqlError(f"Run {principals.run_id} does not have the list of IAM actions, aws_iam_action.\n{step}")
    return arn


def _event_window(run: Run, answer: Answer, arn: str) -> tuple[datetime, datetime, list[str], int | None]:
    """Return the start and the end of the window, its gaps and complete days. Raise IamsqlError if the events were not read."""
    account = arn.split(":")[4]
    if not answer.rows or not answer.rows[0][0]:
        raise IamsqlError(
            f"The events of account {account} were not read: no log files of a trail. A narrowed policy would lack what "
            f"these events show.\n{_collect_command(run)}"
        )
    _, start, end, gaps, complete_days = answer.rows[0]
    return start, end, gaps, complete_days


def _policy_documents(answer: Answer, arn: str) -> list[dict[str, Any]]:
    """Return the documents of the policies. Raise IamsqlError if one was not read, or if there is none."""
    if not answer.rows:
        raise IamsqlError(f"{printable(arn)} has no identity-based policies.\nThere is nothing to narrow.")
    unread_policies = [_policy_label(row) for row in answer.rows if row[-1] is None]
    if unread_policies:
        raise IamsqlError(
            f"Not read: {printable(', '.join(unread_policies[:MAX_NAMED_POLICIES]))}.\n"
            "Read the policies with: iamsql sync --retry-gaps"
        )
    documents = [json.loads(row[-1]) for row in answer.rows]
    return [document for document in documents if isinstance(document, dict)]


def _policy_label(row: Sequence[Any]) -> str:
    _, group, name, policy_arn, _ = row
    text = f"policy {policy_arn}" if policy_arn else f"inline policy {name}"
    return f"{text} of group {group}" if group else text


def _time_text(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"
