"""Resolve table names and patterns, and find the calls that tables need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from iamsql.catalog.params import did_you_mean
from iamsql.model import Call, IamsqlError
from iamsql.tables.registry import all_calls, all_tables, find_calls, typed_names, with_parents

ALL_TABLES = "all"  # every table, including those on demand
WILDCARD_CHARACTERS = frozenset("*?[")
UNLISTED = {
    "aws_iam_policy_simulator": "AWS evaluates one principal, action and resource at a time.\n"
    "Run: aws iam simulate-principal-policy --policy-source-arn ARN --action-names ACTION; "
    "or query the policies: aws_iam_user, aws_iam_role, aws_iam_policy.",
}


def parse_service(name: str) -> str:
    """Return the service in the name of a table; `account` for names without one, such as aws_account."""
    parts = name.split("_")
    return parts[1] if len(parts) > 2 else "account"


def match_tables(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the tables that match names and patterns, such as aws_iam_*, without duplicates; `all` is returned unchanged.

    A name or pattern with a colon matches resource types, such as aws_resource_policy:s3_bucket. Raise IamsqlError for an
    unknown table, and for a pattern without a match.
    """
    names: dict[str, None] = {}
    for pattern in patterns:
        candidates = [name for table in all_tables() for name in typed_names(table)] if ":" in pattern else all_tables()
        names |= dict.fromkeys([pattern] if pattern == ALL_TABLES else matching_names(pattern, candidates))
    return tuple(names)


def matching_names(pattern: str, known_names: Collection[str]) -> list[str]:
    """Return the known names that match a name or pattern, ignoring case; raise IamsqlError if there is none."""
    lower_case = pattern.lower()
    if matches := [name for name in known_names if name.lower() == lower_case or fnmatchcase(name.lower(), lower_case)]:
        return matches
    if WILDCARD_CHARACTERS & set(pattern):
        raise IamsqlError(f"No table matches {pattern}.\nList the tables with: iamsql tables")
    raise IamsqlError(unknown_table(pattern, known_names))


def unknown_table(name: str, known_names: Collection[str]) -> str:
    """Return the error message for an unknown table, with similar names."""
    if name.lower() in UNLISTED:
        return f"{name} cannot be listed: {UNLISTED[name.lower()]}"
    services = sorted({parse_service(table) for table in all_tables()})
    service = parse_service(name.lower())
    if name.lower().startswith("aws_") and service != "account" and not did_you_mean(service, services):
        reads = f"{', '.join(services[:-1])} and {services[-1]}"
        return f"There is no table {name}: iamsql reads {reads}, not {service}.\nSee: iamsql tables"
    close = did_you_mean(name, known_names) or did_you_mean(name, all_tables())
    return f"There is no table {name}{close}{'' if close.endswith('?') else '.'}\nList the tables with: iamsql tables"


def calls_of_tables(tables: Sequence[str]) -> tuple[Call, ...]:
    """Return the calls of the tables with their parents and fallbacks; of all tables if the list is empty or has `all`."""
    if not tables or ALL_TABLES in tables:
        return all_calls()
    needed = {call for name in tables for call in find_calls(name)}
    while parents := {call.parent for call in needed if call.parent} - needed:
        needed |= parents
    # A fallback with a parent needs a request for each user, role or policy. Only the tables that declare such a call need it.
    needed |= {call for call in all_calls() if call.fallback_for in needed and not call.parent}
    requests = {call.request_key for call in needed}
    # All items of a response are written, including items of another call with the same request.
    return tuple(call for call in all_calls() if call.request_key in requests)


def find_raw_tables(tables: Sequence[str]) -> frozenset[str]:
    """Return the raw tables of the tables' calls and their parents. A sync makes on-demand calls only for these."""
    calls = (call for name in tables for call in find_calls(name))
    return frozenset(ancestor.raw for call in calls for ancestor in with_parents(call))
