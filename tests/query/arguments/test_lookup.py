"""A value that a run lacks may exist if accounts were not read."""

from __future__ import annotations

from iamsql.query.arguments import lookup
from tests.query.arguments.lookups import lookup_of


def test_a_note_counts_the_accounts_that_were_not_read() -> None:
    note = lookup.incomplete_note(lookup_of(lookup, INCOMPLETE_ACCOUNTS_SQL=[(2, 16)]), "Access key AKIA")
    assert (
        note == "Access key AKIA is not in this run, but 2 of 16 accounts were not read with all events: it may exist."
    )
    assert lookup.incomplete_note(lookup_of(lookup, INCOMPLETE_ACCOUNTS_SQL=[(0, 16)]), "x") == ""
