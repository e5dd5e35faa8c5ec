"""Two runs of each kind of thing, joined: what is new, gone, changed or used for the first time, where both runs cover it."""

from __future__ import annotations

from collections.abc import Iterable

from iamsql.diff.keys import ROTATED, hold_trusting
from iamsql.diff.resource_type import HEAD, Kind
from iamsql.sqltext import identifier, literal
from iamsql.store.pair import SIDES, Pair

COLUMNS = {
    "change": "VARCHAR", "kind": "VARCHAR", "account_id": "VARCHAR", "account_name": "VARCHAR", "region": "VARCHAR",
    "name": "VARCHAR", "resource": "VARCHAR", "column_name": "VARCHAR", "old_value": "VARCHAR", "new_value": "VARCHAR",
    "query": "VARCHAR", "reason": "VARCHAR", "first_seen": "TIMESTAMP WITH TIME ZONE", "days_open": "BIGINT",
}  # fmt: skip
FOUND = "create or replace temp table found ({columns}, quiet boolean default false)"
JOINED = """
create or replace temp table joined as
select {head}, o.value as old_value, n.value as new_value, o.ident is not null as in_old, n.ident is not null as in_new{pairs}
from old.main.{view} o full join new.main.{view} n on {same}
where o.ident is null or n.ident is null{differs}
"""
HELD = """not exists (
    from diff_lack l where l.kind = {kind} and l.column_name = {column} and (l.whole or l.account_id = j.account_id))"""
CAME = """
insert into found by name
select {change} as change, {kind} as kind, j.account_id, j.region, j.name, j.resource, j.old_value, j.new_value
from joined j where not j.in_{other} and {held}
"""
CHANGED = """
insert into found by name
select j.one.change as change, {kind} as kind, j.account_id, j.region, j.name, j.resource, j.one.name as column_name,
    j.one.old as old_value, j.one.new as new_value
from (select i.*, unnest([{ones}]) as one from joined i where i.in_old and i.in_new) j
where j.one.differs and {held} and {column_held}
"""
AGAIN = """
update found set reason = 'made again under the same name'
where change = 'changed' and column_name in ('user_id', 'role_id', 'group_id', 'policy_id');
update found set reason = case when old_value = 'never' then 'used for the first time' else 'used again' end
where change = 'newly_used';
update found set change = 'newly_privileged', column_name = 'verdict'
where kind = 'privilege' and (change = 'new' or (change = 'changed' and new_value = 'certain'));
"""
# What an account took with it is told in its own row.
LEFT = """
create or replace temp table lost as
select f.account_id, string_agg(f.number || ' ' || case
        when f.number = 1 then replace(f.kind, '_', ' ')
        when f.kind = 'policy' then 'policies'
        else replace(f.kind, '_', ' ') || 's' end, ', ' order by f.number desc, f.kind) as words
from (
    select account_id, kind, count(*) as number from found
    where change = 'gone' and kind in ('user', 'group', 'role', 'access_key', 'policy')
        and account_id in (select resource[-12:] from found where change = 'gone' and kind = 'account')
    group by all
) f group by all;
delete from found where kind <> 'account' and change = 'gone'
    and account_id in (select resource[-12:] from found where change = 'gone' and kind = 'account');
update found set reason = 'left the organization' || coalesce(
    ', and with it ' || (select words from lost l where l.account_id = found.account_id), '')
where change = 'gone' and kind = 'account';
"""


def make_found(pair: Pair) -> None:
    """Make the empty table of what is found: COLUMNS, and `quiet` for what is told on request."""
    pair.run(FOUND.format(columns=", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())))


def compare(pair: Pair, chosen: Iterable[Kind]) -> None:
    """Put what differs between the runs into the table of what is found."""
    for kind in chosen:
        _join(pair, kind)
        if kind.name == "access_key":
            hold_trusting(pair)
        for change, other in (("new", "old"), ("gone", "new")):
            if kind.only in ("", change):
                held = _held(kind, "''")
                pair.run(CAME.format(change=literal(change), kind=literal(kind.name), other=other, held=held))
        if ones := _ones(pair, kind):
            parts = {"held": _held(kind, "''"), "column_held": _held(kind, "j.one.name")}
            pair.run(CHANGED.format(kind=literal(kind.name), ones=", ".join(ones), **parts))
    pair.run(ROTATED)
    pair.run(LEFT)
    pair.run(AGAIN)


def _join(pair: Pair, kind: Kind) -> None:
    """Make the table of the things of a kind that differ."""
    view = identifier(f"diff {kind.name}")
    for side in SIDES:
        pair.inside(side, f"create or replace view {side}.main.{view} as {kind.sql}")
    columns = _compared(pair, kind)
    head = ", ".join(f"coalesce(n.{one}, o.{one}) as {one}" for one in HEAD if one != "value")
    pairs = "".join(f", o.{c} as {identifier('old ' + c)}, n.{c} as {identifier('new ' + c)}" for c in columns)
    account = "" if kind.whole or kind.name == "aws_policy" else "o.account_id = n.account_id and "
    tests = [_differs(kind, f"o.{one}", f"n.{one}", one) for one in columns]
    differs = "".join(f" or {one}" for one in tests if one)
    parts = {"view": view, "head": head, "pairs": pairs, "differs": differs, "same": f"{account}o.ident = n.ident"}
    pair.run(JOINED.format(**parts))


def _compared(pair: Pair, kind: Kind) -> list[str]:
    return [one for one in pair.columns(f"new.main.{identifier('diff ' + kind.name)}") if one not in HEAD]


def _differs(kind: Kind, old: str, new: str, column: str) -> str:
    """Give the test whether a column differs in a way that is told; '' for one that never is."""
    if column in kind.used_again:
        return f"({old} <> {new} and {new} <> 'never' and ({old} = 'never' or {old} < {new}))"
    if column in kind.used:
        return f"({old} = 'never' and {new} <> 'never')"
    if column in kind.beside:
        return ""
    return f"coalesce({old} <> {new}, false)" if column in kind.unknown else f"{old} is distinct from {new}"


def _ones(pair: Pair, kind: Kind) -> list[str]:
    """Give, for each column, the struct that tells how it differs."""
    ones = []
    for column in _compared(pair, kind):
        old, new = (f"i.{identifier(f'{side} {column}')}" for side in SIDES)
        if test := _differs(kind, old, new, column):
            change = literal("newly_used" if column in kind.used else "changed")
            told = f"'name': {literal(column)}, 'old': cast({old} as varchar), 'new': cast({new} as varchar)"
            ones.append(f"{{'change': {change}, {told}, 'differs': {test}}}")
    return ones


def _held(kind: Kind, column: str) -> str:
    return HELD.format(kind=literal(kind.name), column=column)
