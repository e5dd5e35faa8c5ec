"""Pieces of SQL that several views begin with: bulk details first, what stood in for them where they are missing."""

from iamsql.model import Call


def entities(details: Call, listed: Call, name: str) -> str:
    """Give the entities of every account: from the bulk answer, else from the list call that stood in for it."""
    return f"""
  select account_id, 'global' as region, item, item ->> '$.{name}' as name, rowid as place, synced_at,
    '{details.service}:{details.operation}' as source, true as bulk
  from raw."{details.raw}"
  union all
  select l.account_id, 'global', l.item, l.item ->> '$.{name}', l.rowid, l.synced_at,
    '{listed.service}:{listed.operation}', false
  from raw."{listed.raw}" l
  where not exists (
    select 1 from raw."{details.raw}" d where d.account_id = l.account_id and d.item ->> '$.{name}' = l.item ->> '$.{name}')
"""


def per_entity(call: Call, key: str, item: str = "item") -> str:
    """Give one JSON list an entity from a stand-in call made for each: account_id, name, items."""
    return (
        f"select account_id, bound ->> '$.{key}' as name, to_json(list({item} order by rowid)) as items "
        f'from raw."{call.raw}" group by all'
    )


def read_whole(call: Call, alias: str) -> str:
    """Join the accounts in which every entity was asked by a stand-in call: none found there means none."""
    return (
        f"left join (select account_id, bool_and(status = 'ok') as whole from iamsql.coverage where service = '{call.service}' "
        f"and operation = '{call.operation}' group by all) {alias} on {alias}.account_id = e.account_id"
    )


DOCUMENT = "json_object('PolicyName', item -> '$.PolicyName', 'PolicyDocument', item -> '$.PolicyDocument')"
