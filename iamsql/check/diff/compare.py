"""Join the resources of two runs by type: what is new, gone, changed or used for the first time, where both runs cover it."""

from __future__ import annotations

from collections.abc import Iterable

from iamsql.check.diff.attach import SIDES, RunPair
from iamsql.check.diff.keys import ROTATED, UNCERTAIN
from iamsql.check.diff.resource_type import HEAD, ResourceType
from iamsql.sqltext import identifier, literal

COLUMNS = {
    "change": "VARCHAR", "kind": "VARCHAR", "account_id": "VARCHAR", "account_name": "VARCHAR", "region": "VARCHAR",
    "name": "VARCHAR", "resource": "VARCHAR", "column_name": "VARCHAR", "old_value": "VARCHAR", "new_value": "VARCHAR",
    "query": "VARCHAR", "reason": "VARCHAR", "first_seen": "TIMESTAMP WITH TIME ZONE", "days_open": "BIGINT",
}  # fmt: skip
DIFFERENCES = "create or replace temp table differences ({columns}, quiet boolean default false)"
JOINED = """
create or replace temp table joined as
select * from (
    select {head}, o.value as old_value, n.value as new_value, o.ident is not null as in_old, n.ident is not null as in_new{pairs}
    from old.main.{view} o full join new.main.{view} n on {same}
) i where not i.in_old or not i.in_new{differs}
"""
COVERED = """not exists (
    from missing_data m
    where m.kind = {kind} and m.column_name = {column} and (m.organization_wide or m.account_id = j.account_id))"""
ADDED = """
insert into differences by name
select {change} as change, {kind} as kind, j.account_id, j.region, j.name, j.resource, j.old_value, j.new_value
from joined j where not j.in_{other} and {covered}
"""
CHANGED = """
insert into differences by name
select j.difference.change as change, {kind} as kind, j.account_id, j.region, j.name, j.resource, j.difference.name as column_name,
    j.difference.old as old_value, j.difference.new as new_value
from (select i.*, unnest([{structs}]) as difference from joined i where i.in_old and i.in_new) j
where j.difference.differs and {covered} and {column_covered}
"""
# IDs differ if a resource was deleted and created again. A principal whose verdict rises to certain gains privileges too.
REASONS = """
update differences set reason = 'deleted and created again'
where change = 'changed' and column_name in ('user_id', 'role_id', 'group_id', 'policy_id');
update differences set reason = case when old_value = 'never' then 'used for the first time' else 'used again' end
where change = 'newly_used';
update differences set change = 'newly_privileged', column_name = 'verdict'
where kind = 'privilege' and (change = 'new' or (change = 'changed' and new_value = 'certain'));
"""
# The row of an account that left the organization lists the resources that left with it.
LEFT_ORGANIZATION = """
create or replace temp table resources_that_left as
select f.account_id, string_agg(f.number || ' ' || case
        when f.number = 1 then replace(f.kind, '_', ' ')
        when f.kind = 'policy' then 'policies'
        else replace(f.kind, '_', ' ') || 's' end, ', ' order by f.number desc, f.kind) as words
from (
    select account_id, kind, count(*) as number from differences
    where change = 'gone' and kind in ('user', 'group', 'role', 'access_key', 'policy')
        and account_id in (select resource[-12:] from differences where change = 'gone' and kind = 'account')
    group by all
) f group by all;
delete from differences where kind <> 'account' and change = 'gone'
    and account_id in (select resource[-12:] from differences where change = 'gone' and kind = 'account');
update differences set reason = 'left the organization' || coalesce(
    ', and with it ' || (select words from resources_that_left l where l.account_id = differences.account_id), '')
where change = 'gone' and kind = 'account';
"""


def create_differences(pair: RunPair) -> None:
    """Create the empty table `differences`: COLUMNS, and `quiet` for rows that only --all shows."""
    pair.run(DIFFERENCES.format(columns=", ".join(f"{name} {column_type}" for name, column_type in COLUMNS.items())))


def compare(pair: RunPair, resource_types: Iterable[ResourceType]) -> None:
    """Insert the differences between the runs."""
    for resource_type in resource_types:
        tests = _join(pair, resource_type)
        if resource_type.name == "access_key":
            pair.run(UNCERTAIN)
        name, covered = literal(resource_type.name), _covered(resource_type, "''")
        for change, other in (("new", "old"), ("gone", "new")):
            if resource_type.only in ("", change):
                pair.run(ADDED.format(change=literal(change), kind=name, other=other, covered=covered))
        if tests:
            structs = ", ".join(_difference(resource_type, column, test) for column, test in tests.items())
            column_covered = _covered(resource_type, "j.difference.name")
            pair.run(CHANGED.format(kind=name, structs=structs, covered=covered, column_covered=column_covered))
    # In this order: a replaced key is not `gone`, and the keys of an account that left are removed after that.
    pair.run(ROTATED)
    pair.run(LEFT_ORGANIZATION)
    pair.run(REASONS)


def _join(pair: RunPair, resource_type: ResourceType) -> dict[str, str]:
    """Create the table of the resources of a type that differ. Return the condition of each compared column."""
    view = identifier(f"diff {resource_type.name}")
    for side in SIDES:
        pair.run_on(side, f"create or replace view {side}.main.{view} as {resource_type.sql}")
    columns = [str(name) for name, *_ in pair.run(f"describe new.main.{view}") if name not in HEAD]
    tests = {column: test for column in columns if (test := _differs(resource_type, column))}
    head = ", ".join(f"coalesce(n.{column}, o.{column}) as {column}" for column in HEAD if column != "value")
    pairs = "".join(f", o.{c} as {identifier('old ' + c)}, n.{c} as {identifier('new ' + c)}" for c in columns)
    # AWS managed policies have no account, and the IDs of resources of the organization are unique without it.
    account = (
        ""
        if resource_type.organization_wide or resource_type.name == "aws_policy"
        else "o.account_id = n.account_id and "
    )
    differs = "".join(f" or {test}" for test in tests.values())
    same = f"{account}o.ident = n.ident"
    pair.run(JOINED.format(view=view, head=head, pairs=pairs, differs=differs, same=same))
    return tests


def _values(column: str) -> tuple[str, str]:
    """Return the SQL of a column's values in both runs."""
    return f"i.{identifier(f'old {column}')}", f"i.{identifier(f'new {column}')}"


def _differs(resource_type: ResourceType, column: str) -> str:
    """Return the condition under which a column differs; '' for a column that is not compared."""
    old, new = _values(column)
    # OLD can be the later run: a time that goes back is not a use.
    if column in resource_type.every_use:
        return f"({old} <> {new} and {new} <> 'never' and ({old} = 'never' or {old} < {new}))"
    if column in resource_type.first_use:
        return f"({old} = 'never' and {new} <> 'never')"
    if column in resource_type.ignored:
        return ""
    return (
        f"coalesce({old} <> {new}, false)"
        if column in resource_type.null_is_unknown
        else f"{old} is distinct from {new}"
    )


def _difference(resource_type: ResourceType, column: str, test: str) -> str:
    """Return the struct that describes the difference of a column."""
    old, new = _values(column)
    change = literal("newly_used" if column in (*resource_type.first_use, *resource_type.every_use) else "changed")
    values = f"'name': {literal(column)}, 'old': cast({old} as varchar), 'new': cast({new} as varchar)"
    return f"{{'change': {change}, {values}, 'differs': {test}}}"


def _covered(resource_type: ResourceType, column: str) -> str:
    """Return the condition that both runs cover the resource, or the column that the SQL expression `column` contains."""
    return COVERED.format(kind=literal(resource_type.name), column=column)
