"""`iamsql policy`: print the policy of a user or role without its unused actions, and why other actions are kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from iamsql.api.policies import ATTACHED_POLICIES, MANAGED_POLICY_SIZE, size
from iamsql.api.policies.used_permissions import NarrowedPolicy, Permission, narrowed_policy
from iamsql.api.run import Run, Settings
from iamsql.catalog.settings.groups import LakeRuns, Quiet, RunChoice, Statements
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.lake_reading import reading
from iamsql.cli.output import limits, plain_stdout
from iamsql.escaping import printable
from iamsql.render.files import atomic_write

NO_DATA_EVENTS_REASON = "no trail logs the data events"  # of a resource type
# Why denied actions are kept.
KEPT_FOR_USE_REASON = ", because of their use in the period"
KEPT_FOR_RCP_REASON = ", because it does not protect resources of other organizations"
MAX_LISTED_ACTIONS = 8  # actions that a line on stderr names


@option_set
class PolicyOptions(LakeRuns, RunChoice, Statements, Quiet):
    """The options of the command."""

    principal: str = argument("", "ARN|NAME", required=True)
    days: int | None = option(
        None,
        "--days",
        metavar="N",
        bounds=(1, 3650),
        help="Use the last N days of events.",
        default_text="all of the run",
    )
    used_services: bool = option(
        False, "--used-services",
        help="Also remove actions whose use events cannot show, of services without a used action, except IAM, KMS and STS.",
    )  # fmt: skip
    keep_denied: bool = option(
        False, "--keep-denied",
        help="Keep actions that an explicit deny, the permissions boundary or a service control policy denies now.",
    )  # fmt: skip
    output: str = option(
        "json", "--output", "-o", choices=("json", "text"),
        help="The policy, or the list of the granted actions with their use.",
    )  # fmt: skip
    export: Path | None = option(
        None, "--out", "--export", metavar="FILE",
        help="Write the output to a file. More documents are FILE-2, FILE-3 and so on.",
    )  # fmt: skip


@click.command(no_args_is_help=True)
@takes(PolicyOptions)
def policy(options: PolicyOptions) -> None:
    """Print the least-privilege policy of a user or role, from its policies and the CloudTrail events of the run.

    The policy allows the actions that events show as used, and those whose use events cannot show, but not those that other
    policies deny. Resources, conditions and Deny statements stay as they are. What is kept without a recorded use, what is
    denied, and what is missing in the events, is on stderr.
    """
    with reading(options) as location, Run(location.run, Settings(location.folder, limits=limits(options))) as run:
        options_of_policy = {"used_services": options.used_services, "keep_denied": options.keep_denied}
        narrowed = narrowed_policy(run, options.principal, options.days or 0, **options_of_policy)
    texts = (
        _document_texts(narrowed)
        if options.output == "json"
        else ["".join(f"{line}\n" for line in _action_lines(narrowed))]
    )
    if options.export:
        for path, text in zip(_numbered_paths(options.export, len(texts)), texts, strict=True):
            atomic_write(path, _text_writer(text))
    else:
        plain_stdout(options.output).write("".join(texts))
    say_all(_notes(narrowed, options.used_services), quiet=options.quiet)


def _document_texts(narrowed: NarrowedPolicy) -> list[str]:
    return [f"{json.dumps(document, indent=2)}\n" for document in narrowed.documents]


def _numbered_paths(path: Path, count: int) -> list[Path]:
    return [path, *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, count + 1))]


def _text_writer(text: str) -> Any:
    def write(stream: TextIO) -> None:
        stream.write(text)

    return write


def _action_lines(narrowed: NarrowedPolicy) -> Iterator[str]:
    """Yield the granted actions by service and state, with the reasons."""
    yield printable(narrowed.principal)
    for service in dict.fromkeys(permission.service for permission in narrowed.permissions):
        granted_permissions = [permission for permission in narrowed.permissions if permission.service == service]
        counts = Counter(permission.state for permission in granted_permissions)
        yield f"{printable(service)}: {', '.join(f'{counts[state]:,} {state}' for state in sorted(counts))}"
        for permission in granted_permissions:
            is_removed = permission.name in narrowed.removed
            reason = f" ({printable(permission.reason)})" if permission.reason else ""
            yield f"  {'-' if is_removed else '+'} {printable(permission.name)}: {permission.state}{reason}"


def _notes(narrowed: NarrowedPolicy, used_services: bool) -> Iterator[str]:
    """Yield the sentences about the window, and about what is removed and kept."""
    start, end = narrowed.window
    yield f"Events from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC. Less frequent tasks are not in them."
    if narrowed.gaps:
        yield f"The events have gaps, so an action without events is not treated as unused: {'; '.join(narrowed.gaps)}."
    if narrowed.complete_days:
        yield f"For a period without gaps: --days {narrowed.complete_days}"
    counts = Counter(permission.state for permission in narrowed.permissions)
    yield (
        f"Of {len(narrowed.permissions) - counts['denied']:,} granted actions, {counts['used']:,} were used, and "
        f"{counts['not seen']:,} are removed: CloudTrail records their use, and no use was recorded."
    )
    yield from _removed_action_notes(narrowed)
    yield from _denied_action_notes(narrowed)
    if narrowed.unread_policies:
        yield f"Policies that were not read can deny more of the granted actions: {printable(', '.join(narrowed.unread_policies))}."
    yield from _kept_action_notes(
        [permission for permission in narrowed.permissions if permission.name not in narrowed.removed]
    )
    if narrowed.unknown:
        yield f"Kept, because the list of IAM actions has no such action: {_shorten_names(narrowed.unknown)}."
    yield f"It replaces: {', '.join(narrowed.policies)}."
    yield from _document_count_notes(narrowed, used_services)
    large_documents = [
        number for number, document in enumerate(narrowed.documents, 1) if size(document) > MANAGED_POLICY_SIZE
    ]
    if large_documents:
        yield f"Too large for a managed policy: document {', '.join(map(str, large_documents))}. Use it as an inline policy."
    yield from narrowed.caveats


def _document_count_notes(narrowed: NarrowedPolicy, used_services: bool) -> Iterator[str]:
    """Yield sentences about the number of documents, if there are several."""
    number = len(narrowed.documents)
    if narrowed.is_wider:
        yield (
            f"Not removed, although --used-services was given: actions whose use events cannot show. Without them, the policy has "
            f"{narrowed.other_size} documents, because long lists take the place of patterns."
        )
    if number > 1:
        is_shorter = not used_services and narrowed.other_size is not None and narrowed.other_size < number
        hint = f" With --used-services, there are {narrowed.other_size}." if is_shorter else ""
        yield f"{number} documents, because a managed policy has at most {MANAGED_POLICY_SIZE:,} characters.{hint}"
    if number > ATTACHED_POLICIES:
        yield f"A user or role takes {ATTACHED_POLICIES} managed policies, unless the quota of the account is raised."


def _removed_action_notes(narrowed: NarrowedPolicy) -> Iterator[str]:
    """Yield a sentence about the actions that --used-services removes."""
    unseen_permissions = [
        item for item in narrowed.permissions if item.state == "cannot be seen" and item.name in narrowed.removed
    ]
    if unseen_permissions:
        services = list(dict.fromkeys(permission.service for permission in unseen_permissions))
        yield (
            f"Removed by --used-services: {len(unseen_permissions):,} actions whose use cannot be seen, "
            f"in {len(services):,} services in which "
            f"no action was used: {_shorten_names(services)}."
        )


def _denied_action_notes(narrowed: NarrowedPolicy) -> Iterator[str]:
    """Yield a sentence for each reason why actions are denied. It states whether they are removed, or why they are kept."""
    names_by_reason: dict[tuple[str, str], list[str]] = {}
    for permission in narrowed.permissions:
        if permission.state == "denied":
            outcome = "removed" if permission.name in narrowed.removed else f"kept{_kept_reason(permission)}"
            names_by_reason.setdefault((outcome, permission.reason), []).append(permission.name)
    for (outcome, reason), names in sorted(names_by_reason.items()):
        yield f"Denied ({reason}), {outcome}: {_shorten_names(names)}."


def _kept_reason(permission: Permission) -> str:
    """Return why a denied action is kept; '' for an action that the policy allows without effect."""
    if permission.use == "used":
        return KEPT_FOR_USE_REASON
    return "" if permission.is_ineffective else KEPT_FOR_RCP_REASON


def _kept_action_notes(permissions: Sequence[Permission]) -> Iterator[str]:
    """Yield a sentence for each reason why actions without a recorded use are kept."""
    names_by_reason: dict[tuple[str, str], list[str]] = {}
    for permission in permissions:
        if permission.state in ("cannot be seen", "unknown"):
            reason = NO_DATA_EVENTS_REASON if permission.reason.startswith(NO_DATA_EVENTS_REASON) else permission.reason
            if permission.state == "unknown" and not permission.unknown_calls:
                reason = "the events have gaps"
            names_by_reason.setdefault((permission.state, reason), []).append(permission.name)
    for (state, reason), names in sorted(names_by_reason.items(), key=lambda item: -len(item[1])):
        yield f"Kept, {state} ({printable(reason)}): {_shorten_names(names)}."


def _shorten_names(names: Sequence[str]) -> str:
    omitted = (
        f" and {len(names) - MAX_LISTED_ACTIONS:,} more (--output text lists all)"
        if len(names) > MAX_LISTED_ACTIONS
        else ""
    )
    return f"{', '.join(names[:MAX_LISTED_ACTIONS])}{omitted}"
