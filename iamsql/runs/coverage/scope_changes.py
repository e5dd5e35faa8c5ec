"""Compare the scopes of two runs: a number that rises because more was read is not a change in AWS.

The trends and `diff` use it. Pass the tables that a comparison reads; a difference in other tables does not matter to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from iamsql.catalog import shortened_list
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.scope import OPTIONS, Scope

EVENTS = "aws_cloudtrail_event"
MAX_LISTED = 3  # tables that a sentence lists


@dataclass(frozen=True)
class ScopeChanges:
    """What the later of two runs read in addition (`more`), what it did not read (`less`), and what cannot be ordered (`other`).

    Each is a list of phrases; all are empty for runs of the same scope.
    """

    more: Sequence[str] = ()
    less: Sequence[str] = ()
    other: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Return whether the scopes differ, so the results of the runs cannot be compared."""
        return bool(self.more or self.less or self.other)

    def words(self) -> str:
        """Return the differences as a sentence, such as `More was read: the events of a trail.`; '' if there are none."""
        groups = (("More was read", self.more), ("Less was read", self.less), ("Other data was read", self.other))
        return " ".join(f"{heading}: {'; '.join(phrases)}." for heading, phrases in groups if phrases)


def scope_changes(old: Scope, new: Scope, tables: Collection[str] | None = None) -> ScopeChanges:
    """Return how the scope of a run differs from an earlier run's, as far as it concerns `tables`; None is all tables."""
    added, removed = _added_tables(old, new, tables), _added_tables(new, old, tables)
    more, less = [*_tables_phrase(added)], [*_tables_phrase(removed)]
    if tables is None or EVENTS in tables:
        if old.trail != new.trail:
            (more if new.trail else less).append("the events of a trail, and not only those with certain names")
        elif not new.trail and (names := {*new.events} ^ {*old.events}):
            (more if {*old.events} < {*new.events} else less).append(
                f"events named {shortened_list(sorted(names), MAX_LISTED)}"
            )
    return ScopeChanges(more, less, _changed_limits(old, new))


def _added_tables(old: Scope, new: Scope, tables: Collection[str] | None) -> list[str]:
    """Return the tables that the later run collected and the earlier one did not."""
    added = {*old.uncollected} - {*new.uncollected}
    return sorted(added if tables is None else added & {*tables})


def _tables_phrase(tables: Sequence[str]) -> Iterable[str]:
    if tables:
        yield f"{pluralize(len(tables), 'table')} ({shortened_list(tables, MAX_LISTED)})"


def _changed_limits(old: Scope, new: Scope) -> list[str]:
    """Return the limits of the runs, such as accounts, if they differ."""
    # `--table` is not compared: `uncollected` says which tables a run has.
    options = [noun for name, (noun, _) in OPTIONS.items() if name != "tables" and _is_different(old, new, name)]
    others = {
        "the shard": old.shard != new.shard,
        "the limit of calls": bool(old.max_calls) != bool(new.max_calls),
        "the list of accounts": bool(old.unlisted) != bool(new.unlisted),
        "imported files": old.imported != new.imported,
    }
    return [*options, *(name for name, differs in others.items() if differs)]


def _is_different(old: Scope, new: Scope, name: str) -> bool:
    return frozenset(getattr(old, name)) != frozenset(getattr(new, name))
