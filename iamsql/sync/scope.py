"""What the options mean: which calls the named tables need, and which regions there are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from iamsql.aws.accounts import Organization
from iamsql.aws.sessions import Door
from iamsql.aws.wish import ALL
from iamsql.model import Call, IamsqlError
from iamsql.schema import all_calls, calls_of
from iamsql.tablenames import ALL_TABLES


def known_regions(door: Door, org: Organization, regions: Sequence[str]) -> None:
    """Raise IamsqlError for a region that the partition does not have."""
    known = door.regions(org.partition)
    for name in () if tuple(regions) == ALL else regions:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise IamsqlError(
                f"There is no region {name} in the partition {org.partition}.{hint}\n`--region all` reads all."
            )


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
