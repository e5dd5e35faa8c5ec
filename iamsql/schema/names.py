"""Which tables a name means: its service, patterns, near names, why some cannot be had; and the calls that tables need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from iamsql.catalog.params import near
from iamsql.model import Call, IamsqlError
from iamsql.schema.registry import all_calls, all_tables, calls_of, with_parents

ALL_TABLES = "all"  # every table, those on demand too
WILD = frozenset("*?[")
UNLISTED = {
    "aws_iam_policy_simulator": "AWS answers it for one principal, action and resource at a time, so there is nothing to "
    "collect.\nAsk for one with: aws iam simulate-principal-policy --policy-source-arn ARN --action-names ACTION; "
    "or read what the policies say: aws_iam_user, aws_iam_role, aws_iam_policy.",
}


def service_of(name: str) -> str:
    """Name the service in a table's name; a name that is one word only is of the account itself."""
    parts = name.split("_")
    return parts[1] if len(parts) > 2 else "account"


def named(patterns: Sequence[str]) -> tuple[str, ...]:
    """List the tables that names and patterns such as aws_iam_* mean, each once; `all` stays as it is.

    Raise IamsqlError for a name that is no table and for a pattern that fits none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        found |= dict.fromkeys([pattern] if pattern == ALL_TABLES else fitting(pattern, all_tables()))
    return tuple(found)


def fitting(pattern: str, known: Collection[str]) -> list[str]:
    """List the known names that a name or pattern fits, whatever its case; raise IamsqlError when there is none."""
    wanted = pattern.lower()
    if fit := [name for name in known if name.lower() == wanted or fnmatchcase(name.lower(), wanted)]:
        return fit
    if WILD & set(pattern):
        raise IamsqlError(f"No table's name fits {pattern}.\nSee them with: iamsql tables")
    raise IamsqlError(unknown(pattern, known))


def unknown(name: str, known: Collection[str]) -> str:
    """Say that a name is no table, why, and which of the known ones are near."""
    if name.lower() in UNLISTED:
        return f"{name} cannot be listed: {UNLISTED[name.lower()]}"
    services = sorted({service_of(one) for one in all_tables()})
    service = service_of(name.lower())
    if name.lower().startswith("aws_") and service != "account" and not near(service, services):
        reads = f"{', '.join(services[:-1])} and {services[-1]}"
        return f"There is no table {name}: iamsql reads {reads}, not {service}.\nSee: iamsql tables"
    close = near(name, known) or near(name, all_tables())
    return f"There is no table {name}{close}{'' if close.endswith('?') else '.'}\nSee them with: iamsql tables"


def wanted_calls(tables: Sequence[str]) -> tuple[Call, ...]:
    """List the calls of the tables named, with their parents and stand-ins; of all tables when none is named, or all are."""
    if not tables or ALL_TABLES in tables:
        return all_calls()
    needed = {call for name in tables for call in calls_of(name)}
    while more := {call.each for call in needed if call.each} - needed:
        needed |= more
    names = needed | {call for call in all_calls() if call.instead_of in needed and not call.each}
    trips = {call.trip for call in names}
    names |= {call for call in all_calls() if call.trip in trips}  # an answer is landed whole
    return tuple(call for call in all_calls() if call in names)


def raw_tables_of(tables: Sequence[str]) -> frozenset[str]:
    """Return the raw tables of the calls that the tables name and of their parents: calls on demand are made for these."""
    found = (call for name in tables for call in calls_of(name))
    return frozenset(one.raw for call in found for one in with_parents(call))
