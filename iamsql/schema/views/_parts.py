"""Pieces of SQL that several views begin with: bulk details first, what stood in for them where they are missing."""

from iamsql.model import Call
from iamsql.schema.tables import _calls as calls


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


def accounts_read(call: Call, alias: str) -> str:
    """Return a join to the accounts where the call succeeded for every entity: an entity without items there has none."""
    return (
        f"left join (select account_id, bool_and(status = 'ok') as is_read from iamsql.coverage where service = '{call.service}' "
        f"and operation = '{call.operation}' group by all) {alias} on {alias}.account_id = e.account_id"
    )


def standardised(inline: str, trust: str = "") -> str:
    """Give the CTEs `standard` (document, its canonical form) and `inline_std` (account_id, name, items).

    `inline` is an expression over `e` and its joins that gives an entity's inline policies; `trust` one for a document
    beside them. Each document is worked out once, however many have it.
    """
    beside = f"\n  union select {trust} from e" if trust else ""
    return f"""
listed as (
  select e.account_id, e.name, unnest(cast({inline} as json[])) as item, generate_subscripts(cast({inline} as json[]), 1) as n
  from e left join documents o on o.account_id = e.account_id and o.name = e.name and not e.bulk),
standard as (
  select d.document, policy_std(d.document) as std
  from (select l.item -> '$.PolicyDocument' as document from listed l{beside}) d group by d.document),
inline_std as (
  select l.account_id, l.name, to_json(list(json_object('PolicyName', l.item -> '$.PolicyName', 'PolicyDocument', s.std)
    order by l.n)) as items
  from listed l left join standard s on s.document = l.item -> '$.PolicyDocument' group by all)"""


DOCUMENT = "json_object('PolicyName', item -> '$.PolicyName', 'PolicyDocument', item -> '$.PolicyDocument')"


def both(*alike: Call) -> str:
    """Give the items of calls that are answered alike, as one source."""
    union = " union all ".join(f'select * from raw."{call.raw}"' for call in alike)
    return f"({union})"


def _policies() -> str:
    """Return two CTEs: `e`, the managed policies with the columns of `entities` and `arn`, and `asked`, the documents.

    `e` has one row for each policy of an account. The row of the bulk answer wins, because two files of an import may hold
    the same policy.
    """
    listed = (calls.POLICY_DETAILS, calls.POLICIES, calls.AWS_POLICIES)
    found = "\n  union all ".join(
        f"select account_id, 'global' as region, item, item ->> '$.PolicyName' as name, item ->> '$.Arn' as arn, "
        f"rowid as place, synced_at, '{call.service}:{call.operation}' as source, {call == calls.POLICY_DETAILS} as bulk "
        f'from raw."{call.raw}"'
        for call in listed
    )
    documents = (calls.POLICY_DOCUMENT, calls.AWS_DOCUMENT)
    asked = "\n  union all ".join(f'select account_id, bound, item from raw."{call.raw}"' for call in documents)
    return f"""
e as (
  select * from ({found}) found
  qualify row_number() over (partition by found.account_id, found.arn order by found.bulk desc, found.place) = 1),
asked as ({asked})"""


POLICIES = _policies()
