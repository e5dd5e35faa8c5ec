"""Say that CloudTrail events were read by their names only: an answer about events is then without all other calls."""

from __future__ import annotations

from iamsql.model import IamsqlError
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.commands import sync_of
from iamsql.runs.store.reader import Reader

EVENT_TABLES = frozenset(
    ("aws_cloudtrail_event", "aws_cloudtrail_lookup_event")
)  # earlier run files stored events in the latter
# The numbers of accounts with events, with events of a trail or a file, and with all write events of a region.
ACCOUNTS = """
select
    count(distinct account_id),
    count(distinct account_id) filter (source in ('trail', 'import')),
    count(distinct account_id) filter (look_up = 'ReadOnly=false')
from iamsql.event_coverage where status in ('ok', 'partial') and error_code is distinct from 'no_objects'
"""


def event_names_note(reader: Reader) -> str:
    """Return a sentence if the events of accounts were looked up by name; '' if the run has all events, or none."""
    try:
        ((accounts, complete, writes),) = reader.run(ACCOUNTS).rows
    except IamsqlError:  # a file of an earlier version has no such table
        return ""
    if not accounts or complete == accounts:
        return ""
    number = pluralize(accounts - complete, "account")
    others = f", and in {pluralize(writes, 'account')} the write events of a Region" if writes else ""
    return (
        f"Not all CloudTrail events of {number} were read: only sign-ins, events of root users and events with certain names"
        f"{others}. Other events are missing here. Only a trail has all events: {sync_of(reader.metadata)} --trail auto"
    )
