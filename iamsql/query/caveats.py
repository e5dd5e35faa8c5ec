"""The sentences that keep an answer honest: which accounts it lacks and why, and why it is empty."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from iamsql.model import Result
from iamsql.runs.versions import is_newer, newer_note
from iamsql.schema.tables._org_calls import GUARDRAILS, OTHER_TYPES
from iamsql.store.gaps import Coverage
from iamsql.store.layout import RUNNING
from iamsql.store.read import Facts, Reader

EVENTS = {"aws_cloudtrail_event", "aws_cloudtrail_lookup_event"}  # the latter stored them in earlier run files
REASONS = 4
POLICIES = ("aws_organizations_policy", "aws_organizations_policy_target")
OTHERS = ("policies of types other than service and resource control",)


def caveats(coverage: Coverage, facts: Facts, empty: bool) -> list[str]:
    """List what to say beside an answer, most telling first; nothing when it is whole."""
    said = [_empty(coverage, facts)] if empty and coverage.tables else []
    said += _times(facts) if coverage.tables or facts.status == RUNNING else []
    said += _uncollected(dict(coverage.uncollected))
    if coverage.missing or coverage.never_tried:
        said.append(_missing(coverage))
    if coverage.organization:
        said.append(
            f"The organization could not be read ({coverage.organization}): accounts beyond those listed are unknown."
        )
    if EVENTS & set(coverage.tables) and not empty and (window := _window(facts)):
        said.append(f"Events in the window {window}.")
    return [*said, newer_note(facts)] if is_newer(facts) else said


def partly(coverage: Coverage, facts: Facts, sql: str) -> Coverage:
    """Count the organization's policies of other types as not collected, in a run that did not name their table.

    One call's operation brings all types, and coverage tells operations. SQL that names none but those read lacks nothing.
    """
    named = {"all", *POLICIES} & set(facts.options.get("tables") or ())
    types = {one for one in (*GUARDRAILS, *OTHER_TYPES) if one in sql.upper()}
    if named or facts.options.get("import") or (types and types.isdisjoint(OTHER_TYPES)):
        return coverage
    known = dict(coverage.uncollected)  # a table of which nothing was collected is told already
    lacking = [(one, OTHERS) for one in POLICIES if one in coverage.tables and one not in known and one in sql.lower()]
    return replace(coverage, uncollected=(*coverage.uncollected, *lacking))


def _times(facts: Facts) -> list[str]:
    """Say of a run that it was cut off, or that what it holds is of two times."""
    if facts.status == RUNNING:
        return [f"{facts.run_id} was cut off: what it did not reach is missing. Go on with: iamsql sync --resume"]
    first, then = facts.started_at, facts.resumed_at
    if facts.carried_from:
        first, then = facts.carried_started_at, facts.started_at
    if not (first and then):
        return []
    return [
        f"The run spans two times, {first:%Y-%m-%d %H:%M} and {then:%Y-%m-%d %H:%M} UTC: iamsql.coverage says which."
    ]


def _missing(coverage: Coverage) -> str:
    """Say in one line how many accounts the answer lacks, and where the rest of the story is."""
    parts = []
    if coverage.missing:
        parts.append(f"{coverage.missing} of {_accounts(coverage.accounts)} not read in full: {_listed(coverage.gaps)}")
    if coverage.never_tried:
        parts.append(f"{_accounts(coverage.never_tried)} never tried: {_listed(coverage.untried)}")
    return "; ".join(parts) + ". See: iamsql query skipped_accounts"


def _empty(coverage: Coverage, facts: Facts) -> str:
    """Say which of the possible reasons for an empty answer hold; what was not collected cannot be said to be none."""
    read = f"{_accounts(coverage.read)} read"
    window = _window(facts) if EVENTS & set(coverage.tables) else ""
    reasons = {
        "what it stands on was not collected": bool(coverage.uncollected),
        "no account could be read": not coverage.read and not coverage.uncollected,
        f"no events in the window {window} in {read}": bool(window and coverage.read and not coverage.uncollected),
        f"nothing found in {read}": bool(not window and coverage.read and not coverage.uncollected),
        f"the events of {_accounts(coverage.lookups_failed)} could not be read": coverage.lookups_failed > 0,
        "no organization access": bool(coverage.organization),
    }
    return "No rows: " + "; ".join(reason for reason, holds in reasons.items() if holds) + "."


def _uncollected(lacking: dict[str, tuple[str, ...]]) -> list[str]:
    """Say which calls each table lacks; many tables together in one line, with the one command that brings them."""
    if len(lacking) > REASONS:
        calls = {call for wanted in lacking.values() for call in wanted}
        lacks = f"{len(lacking)} tables lack {len(calls)} calls, which this run did not ask for."
        return [f"{lacks} Get them with: iamsql sync{''.join(f' --table {table}' for table in lacking)}"]
    return [
        f"{table} lacks {', '.join(calls[:REASONS])}, which this run did not ask for. Get it with: iamsql sync --table {table}"
        for table, calls in lacking.items()
    ]


def _listed(counts: Counter[str] | None) -> str:
    common = (counts or Counter()).most_common()
    shown = [f"{count} {label}" for label, count in common[:REASONS]]
    rest = sum(count for _, count in common[REASONS:])
    return ", ".join([*shown, *([f"{rest} for other reasons"] if rest else [])])


def _accounts(count: int) -> str:
    return f"{count} account" if count == 1 else f"{count} accounts"


def _window(facts: Facts) -> str:
    if not (facts.window_start and facts.window_end):
        return ""
    return f"{facts.window_start:%Y-%m-%d %H:%M} to {facts.window_end:%Y-%m-%d %H:%M} UTC"


def standing(reader: Reader, tables: set[str]) -> Result:
    """Show the tables, the calls behind them, and how many accounts brought each call."""
    calls = reader.calls_of(tables)
    counts = reader.call_counts()
    rows: list[tuple[object, ...]] = []
    for table in sorted(tables):
        for service, operation, stands_in in calls.get(table, [("", "", None)]):
            rows.append(
                (
                    table,
                    f"{service}:{operation}" if service else None,
                    stands_in,
                    *counts.get((service, operation), (0, 0, 0)),
                )
            )
    return Result(
        ("table", "call", "stands_in_for", "read", "not_read", "not_asked"), rows, ("VARCHAR",) * 3 + ("BIGINT",) * 3
    )
