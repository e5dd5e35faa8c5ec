"""Resolve table names: services, patterns, similar names, tables that cannot be collected, and the calls that tables need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from iamsql.catalog.params import did_you_mean
from iamsql.model import Call, IamsqlError
from iamsql.schema.registry import all_calls, all_tables, calls_of, with_parents

ALL_TABLES = "all"  # every table, including those on demand
WILD = frozenset("*?[")
UNLISTED = {
    "aws_iam_policy_simulator": "AWS answers it for one principal, action and resource at a time, so there is nothing to "
    "collect.\nAsk for one with: aws iam simulate-principal-policy --policy-source-arn ARN --action-names ACTION; "
    "or read what the policies say: aws_iam_user, aws_iam_role, aws_iam_policy.",
}


def service_of(name: str) -> str:
    """Return the service in a table's name; a table without a service, such as aws_account, belongs to the account."""
    parts = name.split("_")
    return parts[1] if len(parts) > 2 else "account"


def match_tables(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the tables that names and patterns such as aws_iam_* match, each once; `all` stays.

    Raise IamsqlError for an unknown table and for a pattern without a match.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        found |= dict.fromkeys([pattern] if pattern == ALL_TABLES else matching(pattern, all_tables()))
    return tuple(found)


def matching(pattern: str, known: Collection[str]) -> list[str]:
    """Return the known names that match a name or pattern, in any case; raise IamsqlError if there is none."""
    wanted = pattern.lower()
    if matches := [name for name in known if name.lower() == wanted or fnmatchcase(name.lower(), wanted)]:
        return matches
    if WILD & set(pattern):
        raise IamsqlError(f"No table matches {pattern}.\nList the tables with: iamsql tables")
    raise IamsqlError(unknown_table(pattern, known))


def unknown_table(name: str, known: Collection[str]) -> str:
    """Return the error for an unknown table, with the reason and similar names."""
    if name.lower() in UNLISTED:
        return f"{name} cannot be listed: {UNLISTED[name.lower()]}"
    services = sorted({service_of(table) for table in all_tables()})
    service = service_of(name.lower())
    if name.lower().startswith("aws_") and service != "account" and not did_you_mean(service, services):
        reads = f"{', '.join(services[:-1])} and {services[-1]}"
        return f"There is no table {name}: iamsql reads {reads}, not {service}.\nSee: iamsql tables"
    close = did_you_mean(name, known) or did_you_mean(name, all_tables())
    return f"There is no table {name}{close}{'' if close.endswith('?') else '.'}\nList the tables with: iamsql tables"


def wanted_calls(tables: Sequence[str]) -> tuple[Call, ...]:
    """Return the calls of the tables, with their parents and fallbacks; those of all tables if none is named, or `all`."""
    if not tables or ALL_TABLES in tables:
        return all_calls()
    needed = {call for name in tables for call in calls_of(name)}
    while more := {call.parent for call in needed if call.parent} - needed:
        needed |= more
    names = needed | {call for call in all_calls() if call.fallback_for in needed and not call.parent}
    requests = {call.request_key for call in names}
    names |= {call for call in all_calls() if call.request_key in requests}  # a response is written completely
    return tuple(call for call in all_calls() if call in names)


def raw_tables_of(tables: Sequence[str]) -> frozenset[str]:
    """Return the raw tables of the calls that the tables name and of their parents: calls on demand are made for these."""
    found = (call for name in tables for call in calls_of(name))
    return frozenset(parent_call.raw for call in found for parent_call in with_parents(call))
