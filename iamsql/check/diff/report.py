"""The rows of a diff that are printed: filtered, the most urgent first, and counted in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamsql.check.diff.attach import RunPair
from iamsql.check.diff.compare import COLUMNS
from iamsql.render.cells import pluralize
from iamsql.sqltext import literal

# The changes in the order of their rows, and their words in the summary.
CHANGE_LABELS = {
    "newly_privileged": "newly privileged", "opened": "opened", "newly_used": "newly used", "new": "new",
    "changed": "changed", "rotated": "rotated", "gone": "gone", "not_compared": "not compared", "resolved": "resolved",
    "still_open": "still open",
}  # fmt: skip
FINDING_CHANGES = ("opened", "resolved", "still_open")
FINDING_KIND = "finding"  # the kind of a row that a query or control returned
ORDERED_ROWS_SQL = """
create or replace temp table ordered as
select f.* exclude (account_name) replace (nullif(f.account_id, '') as account_id),
    coalesce(n.name, o.name) as account_name,
    row_number() over (order by list_position({order}, f.change), f.kind = 'finding', f.kind, f.query,
        coalesce(n.position, o.position) nulls first, f.account_id, f.name, f.resource, f.column_name, f.old_value, f.new_value)
        as place
from differences f
left join new.iamsql.accounts n on n.account_id = f.account_id
left join old.iamsql.accounts o on o.account_id = f.account_id
where {where}
"""
PRINTED_ROWS_SQL = "create or replace temp table diff as select {columns} from ordered where {shown} order by place"
COUNTS_SQL = """
select change, quiet, count(*), count(distinct account_id), count(*) filter (account_id is null) from ordered group by all
"""


@dataclass(frozen=True)
class Filters:
    """The rows to print, by kind, account and change; an empty filter selects all. `everything` includes the quiet rows."""

    kinds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True)
class DiffCounts:
    """The number of rows by change, including quiet rows, and the number of printed rows.

    `not_compared` counts the accounts whose data is missing in one of the runs, `neither` the accounts whose data both lack.
    """

    rows: Counter[str]
    printed: Counter[str]
    not_compared: int
    neither: int

    def line(self, findings: bool) -> str:
        """Return the summary. With `findings`, include the changes of findings that have no row."""
        always_shown = FINDING_CHANGES if findings else ()
        changes = [
            f"{self.rows[change]} {noun}"
            for change, noun in CHANGE_LABELS.items()
            if change != "not_compared" and (self.rows[change] or change in always_shown)
        ]
        missing_texts = [f"{pluralize(self.not_compared, 'account')} not compared"] if self.not_compared else []
        missing_texts += (
            [f"{pluralize(self.neither, 'account')} not read in full in either run"] if self.neither else []
        )
        return "; ".join(filter(None, (", ".join(changes) or "No change", ", ".join(missing_texts)))) + "."

    def meets(self, changes: Iterable[str]) -> bool:
        """Return whether there is a row of one of the changes; `any` matches every printed row."""
        return any(self.printed.total() if change == "any" else self.rows[change] for change in changes)


def add_findings(pair: RunPair, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows of findings to the rows of resources."""
    column_types = {**COLUMNS, "quiet": "BOOLEAN"}
    columns = ", ".join(f"unnest(?::varchar[])::{column_type} as {name}" for name, column_type in column_types.items())
    values = [[FINDING_KIND if name == "kind" else row.get(name) for row in rows] for name in column_types]
    pair.run(f"insert into differences by name select {columns}", values)


def create_diff(pair: RunPair, filters: Filters) -> DiffCounts:
    """Create the table `diff` of the rows to print, and count them."""
    type_condition = (
        f"list_has_any(string_split(f.kind, ', '), {_sql_list(filters.kinds)})" if filters.kinds else "true"
    )
    account_condition = f"list_contains({_sql_list(filters.accounts)}, f.account_id)" if filters.accounts else "true"
    pair.run(ORDERED_ROWS_SQL.format(order=_sql_list(CHANGE_LABELS), where=f"{type_condition} and {account_condition}"))
    change_condition = (
        f"list_contains({_sql_list(filters.changes)}, change)" if filters.changes else str(filters.everything)
    )
    condition = change_condition if filters.changes else f"(not quiet or {change_condition})"
    pair.run(PRINTED_ROWS_SQL.format(columns=", ".join(COLUMNS), shown=condition))
    rows, parts = Counter[str](), {True: 0, False: 0}
    for change, quiet, number, account_count, without_account in pair.run(COUNTS_SQL):
        rows[change] += number
        if change == "not_compared":
            parts[quiet] += account_count or int(without_account > 0)
    printed = Counter(dict(pair.run("select change, count(*) from diff group by all")))
    return DiffCounts(rows, printed, parts[False], parts[True])


def _sql_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(literal, texts))}]::varchar[]"
