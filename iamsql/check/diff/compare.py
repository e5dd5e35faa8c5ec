"""Compare the resources of two runs by type: new, gone, changed, or used for the first time.

Only resources and columns that both runs cover are compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from iamsql.check.diff.attach import SIDES, RunPair
from iamsql.check.diff.keys import EXCLUDE_UNCERTAIN_KEYS_SQL, MERGE_ROTATED_KEYS_SQL
from iamsql.check.diff.resource_type import FIRST_COLUMNS, ResourceType
from iamsql.sqltext import identifier, literal

COLUMNS = {
    "change": "VARCHAR", "kind": "VARCHAR", "account_id": "VARCHAR", "account_name": "VARCHAR", "region": "VARCHAR",
    "name": "VARCHAR", "resource": "VARCHAR", "column_name": "VARCHAR", "old_value": "VARCHAR", "new_value": "VARCHAR",
    "query": "VARCHAR", "reason": "VARCHAR", "first_seen": "TIMESTAMP WITH TIME ZONE", "days_open": "BIGINT",
}  # fmt: skip
CREATE_DIFFERENCES_SQL = "create or replace temp table differences ({columns}, quiet boolean default false)"
CREATE_JOINED_SQL = """
create or replace temp table joined as
select * from (
    select {columns}, o.value as old_value, n.value as new_value, o.ident is not null as in_old, n.ident is not null as in_new
        {pairs}
    from old.main.{view} o full join new.main.{view} n on {same_resource}
) i where not i.in_old or not i.in_new{or_differs}
"""
COVERED_CONDITION = """not exists (
    from missing_data m
    where m.kind = {kind} and m.column_name = {column} and (m.organization_wide or m.account_id = j.account_id))"""
INSERT_NEW_OR_GONE_SQL = """
insert into differences by name
select {change} as change, {kind} as kind, j.account_id, j.region, j.name, j.resource, j.old_value, j.new_value
from joined j where not j.in_{other} and {covered}
"""
INSERT_CHANGED_SQL = """
insert into differences by name
select j.difference.change as change, {kind} as kind, j.account_id, j.region, j.name, j.resource, j.difference.name as column_name,
    j.difference.old as old_value, j.difference.new as new_value
from (select i.*, unnest([{structs}]) as difference from joined i where i.in_old and i.in_new) j
where j.difference.differs and {covered} and {column_covered}
"""
# IDs differ if a resource was deleted and created again. A principal whose verdict rises to certain gains privileges too.
SET_REASONS_SQL = """
update differences set reason = 'deleted and created again'
where change = 'changed' and column_name in ('user_id', 'role_id', 'group_id', 'policy_id');
update differences set reason = case when old_value = 'never' then 'used for the first time' else 'used again' end
where change = 'newly_used';
update differences set change = 'newly_privileged', column_name = 'verdict'
where kind = 'privilege' and (change = 'new' or (change = 'changed' and new_value = 'certain'));
"""
# The row of an account that left the organization lists the resources that left with it.
LEFT_ORGANIZATION_SQL = """
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
    pair.run(
        CREATE_DIFFERENCES_SQL.format(
            columns=", ".join(f"{name} {column_type}" for name, column_type in COLUMNS.items())
        )
    )


def compare(pair: RunPair, resource_types: Iterable[ResourceType]) -> None:
    """Insert the differences between the runs into the table `differences`."""
    for resource_type in resource_types:
        conditions = _create_joined_table(pair, resource_type)
        if resource_type.name == "access_key":
            pair.run(EXCLUDE_UNCERTAIN_KEYS_SQL)
        name, covered = literal(resource_type.name), _coverage_condition(resource_type, "''")
        for change, other in (("new", "old"), ("gone", "new")):
            if resource_type.only in ("", change):
                pair.run(INSERT_NEW_OR_GONE_SQL.format(change=literal(change), kind=name, other=other, covered=covered))
        if conditions:
            structs = ", ".join(
                _difference_struct(resource_type, column, condition) for column, condition in conditions.items()
            )
            column_covered = _coverage_condition(resource_type, "j.difference.name")
            pair.run(
                INSERT_CHANGED_SQL.format(kind=name, structs=structs, covered=covered, column_covered=column_covered)
            )
    # In this order: a replaced key is not `gone`, and the keys of an account that left are removed after that.
    pair.run(MERGE_ROTATED_KEYS_SQL)
    pair.run(LEFT_ORGANIZATION_SQL)
    pair.run(SET_REASONS_SQL)


def _create_joined_table(pair: RunPair, resource_type: ResourceType) -> dict[str, str]:
    """Create the table of resources that differ. Return, for each compared column, the condition under which it differs."""
    view = identifier(f"diff {resource_type.name}")
    for side in SIDES:
        pair.run_on(side, f"create or replace view {side}.main.{view} as {resource_type.sql}")
    own_columns = [str(name) for name, *_ in pair.run(f"describe new.main.{view}") if name not in FIRST_COLUMNS]
    conditions = {
        column: condition for column in own_columns if (condition := _difference_condition(resource_type, column))
    }
    shared_columns = ", ".join(
        f"coalesce(n.{column}, o.{column}) as {column}" for column in FIRST_COLUMNS if column != "value"
    )
    value_pairs = "".join(
        f", o.{column} as {identifier('old ' + column)}, n.{column} as {identifier('new ' + column)}"
        for column in own_columns
    )
    # AWS managed policies have no account, and the IDs of resources of the organization are unique without it.
    ignores_account = resource_type.organization_wide or resource_type.name == "aws_policy"
    same_account = "" if ignores_account else "o.account_id = n.account_id and "
    pair.run(
        CREATE_JOINED_SQL.format(
            view=view,
            columns=shared_columns,
            pairs=value_pairs,
            same_resource=f"{same_account}o.ident = n.ident",
            or_differs="".join(f" or {condition}" for condition in conditions.values()),
        )
    )
    return conditions


def _old_and_new_expressions(column: str) -> tuple[str, str]:
    """Return the SQL expressions for a column's old and new value."""
    return f"i.{identifier(f'old {column}')}", f"i.{identifier(f'new {column}')}"


def _difference_condition(resource_type: ResourceType, column: str) -> str:
    """Return the condition under which a column differs; '' for a column that is not compared."""
    old, new = _old_and_new_expressions(column)
    # The old run can have started later than the new run: a time that goes back is not a use.
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


def _difference_struct(resource_type: ResourceType, column: str, condition: str) -> str:
    """Return the SQL struct that describes the difference of a column."""
    old, new = _old_and_new_expressions(column)
    change = literal("newly_used" if column in (*resource_type.first_use, *resource_type.every_use) else "changed")
    values = f"'name': {literal(column)}, 'old': cast({old} as varchar), 'new': cast({new} as varchar)"
    return f"{{'change': {change}, {values}, 'differs': {condition}}}"


def _coverage_condition(resource_type: ResourceType, column: str) -> str:
    """Return the condition under which both runs cover a column of the resource.

    `column` is an SQL expression for the column's name; '' stands for the resource itself.
    """
    return COVERED_CONDITION.format(kind=literal(resource_type.name), column=column)
