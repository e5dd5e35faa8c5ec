"""Whether two runs read the same, and what the sentence about the difference says."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from iamsql.runs.coverage.scope import Scope
from iamsql.runs.coverage.scope_changes import EVENTS, scope_changes

DEFAULT = Scope(uncollected=("a", "b", "c", "d", "e"))


@pytest.mark.parametrize(
    ("old", "new", "tables", "text"),
    [
        (DEFAULT, DEFAULT, None, ""),
        (DEFAULT, Scope(), None, "More was read: 5 tables (a, b, c and 2 more)."),
        (Scope(), DEFAULT, None, "Less was read: 5 tables (a, b, c and 2 more)."),
        (
            Scope(uncollected=("a",)),
            Scope(uncollected=("b",)),
            None,
            "More was read: 1 table (a). Less was read: 1 table (b).",
        ),
        (DEFAULT, Scope(), {"b", "f"}, "More was read: 1 table (b)."),
        (DEFAULT, Scope(), {"f"}, ""),
        (
            Scope(),
            Scope(trail=True),
            None,
            "More was read: the events of a trail, and not only those with certain names.",
        ),
        (
            Scope(trail=True),
            Scope(),
            {EVENTS},
            "Less was read: the events of a trail, and not only those with certain names.",
        ),
        (Scope(), Scope(trail=True), {"aws_iam_user"}, ""),
        (Scope(), Scope(events=("GetObject",)), None, "More was read: events named GetObject."),
        (Scope(events=("GetObject",)), Scope(), None, "Less was read: events named GetObject."),
        (Scope(trail=True), Scope(trail=True, events=("GetObject",)), None, ""),
        (Scope(accounts=("1", "2")), Scope(accounts=("2", "1")), None, ""),
        (Scope(accounts=("1",)), Scope(ous=("ou-1",)), {"x"}, "Other data was read: accounts; OUs."),
        (Scope(shard="1/2"), Scope(shard="2/2"), None, "Other data was read: the shard."),
        (
            Scope(max_calls=3),
            Scope(unlisted="AccessDenied"),
            None,
            "Other data was read: the limit of calls; the list of accounts.",
        ),
        (Scope(imported=True), Scope(), None, "Other data was read: imported files."),
        (Scope(tables=("a",)), Scope(), None, ""),  # the tables that were not collected decide
    ],
)
def test_only_scope_changes_are_named(old: Scope, new: Scope, tables: Collection[str] | None, text: str) -> None:
    changes = scope_changes(old, new, tables)
    assert changes.words() == text
    assert bool(changes) == bool(text)
