"""What is told of what was found: filtered, what needs somebody first, counted in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from iamsql.diff.attach import Pair
from iamsql.diff.compare import COLUMNS
from iamsql.sqltext import literal

CHANGES = {
    "newly_privileged": "newly privileged", "opened": "opened", "newly_used": "newly used", "new": "new",
    "changed": "changed", "rotated": "rotated", "gone": "gone", "not_compared": "not compared", "resolved": "resolved",
    "still_open": "still open",
}  # fmt: skip
"""The changes in the order in which they are told, and how the summary spells them."""
FINDINGS = ("opened", "resolved", "still_open")
FINDING = "finding"  # the kind of a row that a query or control gave
STAGED = ("change", "account_id", "region", "name", "resource", "old_value", "new_value", "query", "reason", "first_seen",
          "days_open", "quiet")  # fmt: skip
TAKEN = f"""
insert into found by name
select '{FINDING}' as kind, * replace (cast(first_seen as timestamptz) as first_seen, cast(days_open as bigint) as days_open,
    cast(quiet as boolean) as quiet)
from staged
"""
PLACED = """
create or replace temp table placed as
select f.* exclude (account_name) replace (nullif(f.account_id, '') as account_id),
    coalesce(n.name, o.name) as account_name,
    row_number() over (order by list_position({order}, f.change), f.kind = 'finding', f.kind, f.query,
        coalesce(n.position, o.position) nulls first, f.account_id, f.name, f.resource, f.column_name, f.old_value, f.new_value)
        as place
from found f
left join new.iamsql.accounts n on n.account_id = f.account_id
left join old.iamsql.accounts o on o.account_id = f.account_id
where {where}
"""
SHOWN = "create or replace temp table diff as select {columns} from placed where {shown} order by place"
COUNTS = """
select change, quiet, count(*), count(distinct account_id), count(*) filter (account_id is null) from placed group by all
"""


@dataclass(frozen=True)
class Filters:
    """Which rows are told: of some kinds, accounts or changes (none is all), `everything` with those told on request."""

    kinds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True)
class Counts:
    """How many rows of each change there are, those told on request among them; `neither` accounts are in no run."""

    rows: Counter[str]
    shown: Counter[str]
    not_compared: int
    neither: int

    def line(self, findings: bool) -> str:
        """Put it into a line."""
        always = FINDINGS if findings else ()
        told = [
            f"{self.rows[change]} {words}"
            for change, words in CHANGES.items()
            if change != "not_compared" and (self.rows[change] or change in always)
        ]
        lost = [f"{_accounts(self.not_compared)} not compared"] if self.not_compared else []
        lost += [f"{_accounts(self.neither)} not read in full in either run"] if self.neither else []
        return "; ".join(filter(None, (", ".join(told) or "No change", ", ".join(lost)))) + "."

    def meets(self, wanted: Iterable[str]) -> bool:
        """Tell whether there is a row of one of the changes; `any` is every row that is shown."""
        return any(self.shown.total() if one == "any" else self.rows[one] for one in wanted)


def _accounts(number: int) -> str:
    return f"{number} account" if number == 1 else f"{number} accounts"


def take(pair: Pair, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows of findings beside what was found of things."""
    pair.run(f"create or replace temp table staged ({', '.join(f'{one} varchar' for one in STAGED)})")
    pair.fill("staged", [[row.get(one) for one in STAGED] for row in rows])
    pair.run(TAKEN)


def settle(pair: Pair, filters: Filters) -> Counts:
    """Make the table `diff` of the rows that are told, and count."""
    kinds = f"list_has_any(string_split(f.kind, ', '), {_list(filters.kinds)})" if filters.kinds else "true"
    accounts = f"list_contains({_list(filters.accounts)}, f.account_id)" if filters.accounts else "true"
    pair.run(PLACED.format(order=_list(CHANGES), where=f"{kinds} and {accounts}"))
    named = f"list_contains({_list(filters.changes)}, change)" if filters.changes else str(filters.everything)
    shown = named if filters.changes else f"(not quiet or {named})"
    pair.run(SHOWN.format(columns=", ".join(COLUMNS), shown=shown))
    rows, parts = Counter[str](), {True: 0, False: 0}
    for change, quiet, number, accounts_in, bare in pair.run(COUNTS):
        rows[change] += number
        if change == "not_compared":
            parts[quiet] += accounts_in or int(bare > 0)
    seen = Counter(dict(pair.run("select change, count(*) from diff group by all")))
    return Counts(rows, seen, parts[False], parts[True])


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(literal, texts))}]::varchar[]"
