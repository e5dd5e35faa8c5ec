"""SQL and columns that several views share. GetAccountAuthorizationDetails is preferred to the calls that replace it."""

from collections.abc import Mapping

from iamsql.model import Call
from iamsql.tables.calls import account as calls
from iamsql.tables.fragments.columns import C

_DOCUMENT = "json_object('PolicyName', item -> '$.PolicyName', 'PolicyDocument', item -> '$.PolicyDocument')"


def policy_columns(entity_type: str) -> tuple[C, C, C]:
    """Return the columns of the policies of a `user`, `group` or `role`."""
    return (
        C("inline_policies", "json", f"The inline policies of the {entity_type}."),
        C("inline_policies_std", "json", "The inline policies in canonical form."),
        C("attached_policy_arns", "json", f"The ARNs of the managed policies that are attached to the {entity_type}."),
    )


def entities(
    entity_type: str, details: Call, fallback: Call, texts: Mapping[str, str], lists: Mapping[str, str]
) -> str:
    """Return the SELECT of the users, groups or roles of each account; `bulk` is true for items of the call `details`.

    `entity_type` is User, Group or Role. `texts` and `lists` map names of columns to members of the item, as text and as JSON. An
    item of `fallback` counts only if `details` has none with the same name.
    """
    name = f"{entity_type}Name"
    # A list of paths, because DuckDB parses an item for each path otherwise, in memory that it keeps.
    text_paths, list_paths = (", ".join(f"'$.{member}'" for member in read.values()) for read in (texts, lists))
    extracted = f"item ->> [{text_paths}] as texts, item -> [{list_paths}] as lists"
    columns = [f"texts[{position}] as {column}" for position, column in enumerate(texts, 1)]
    columns += [f"lists[{position}] as {column}" for position, column in enumerate(lists, 1)]
    # The first call can fail after some pages: the users that it returned have more details than the users of the fallback.
    return f"""
  select account_id, 'global' as region, name, place, synced_at, source, bulk, {", ".join(columns)} from (
    select account_id, item ->> '$.{name}' as name, rowid as place, synced_at,
      '{details.service}:{details.operation}' as source, true as bulk, {extracted}
    from raw."{details.raw}"
    union all
    select l.account_id, l.item ->> '$.{name}', l.rowid, l.synced_at, '{fallback.service}:{fallback.operation}', false, {extracted}
    from raw."{fallback.raw}" l
    where not exists (
      select 1 from raw."{details.raw}" d where d.account_id = l.account_id and d.item ->> '$.{name}' = l.item ->> '$.{name}'))
"""


def per_entity(call: Call, key: str, item: str = "item") -> str:
    """Return the SELECT of the items of a call that is made for each entity: account_id, name, and `items` as a JSON list."""
    return (
        f"select account_id, bound ->> '$.{key}' as name, to_json(list({item} order by rowid)) as items "
        f'from raw."{call.raw}" group by all'
    )


def accounts_read(call: Call, alias: str) -> str:
    """Return a join with `is_read`: whether the call succeeded for all entities of an account.

    If so, an entity without items has none.
    """
    return (
        f"left join (select account_id, bool_and(status = 'ok') as is_read from iamsql.coverage where service = '{call.service}' "
        f"and operation = '{call.operation}' group by all) {alias} on {alias}.account_id = e.account_id"
    )


_INLINE_POLICIES = "case when e.bulk then inline(e.policy_list) else o.items end"


def policy_ctes(entity_type: str, attached: Call, documents: Call, trust: str = "") -> str:
    """Return the CTEs `attached`, `documents`, `standard` (document, std) and `inline_std` (account_id, name, items) for `e`.

    `e` has the members of items that hold policies, as `policy_list` and `attached_list`.
    `trust` is an expression for one more document of each entity. policy_std runs once for each distinct document, because
    many entities have the same document.
    """
    trust_documents = f"\n  union select {trust} from e" if trust else ""
    return f"""
attached as ({per_entity(attached, f"{entity_type}Name")}),
documents as ({per_entity(documents, f"{entity_type}Name", _DOCUMENT)}),
listed as (
  select p.account_id, p.name, unnest(p.items) as item, generate_subscripts(p.items, 1) as n
  from (
    select e.account_id, e.name, cast({_INLINE_POLICIES} as json[]) as items
    from e left join documents o on o.account_id = e.account_id and o.name = e.name and not e.bulk) p),
standard as (
  select d.document, policy_std(d.document) as std
  from (select l.item -> '$.PolicyDocument' as document from listed l{trust_documents}) d group by d.document),
inline_std as (
  select l.account_id, l.name, to_json(list(json_object('PolicyName', l.item -> '$.PolicyName', 'PolicyDocument', s.std)
    order by l.n)) as items
  from listed l left join standard s on s.document = l.item -> '$.PolicyDocument' group by all)"""


# The expressions for the columns of `policy_columns`.
POLICY_VALUES = f"""{_INLINE_POLICIES} as inline_policies,
  i.items as inline_policies_std,
  pluck(coalesce(a.items, e.attached_list), 'PolicyArn') as attached_policy_arns"""
JOIN_POLICIES = """left join attached a on a.account_id = e.account_id and a.name = e.name and not e.bulk
left join documents o on o.account_id = e.account_id and o.name = e.name and not e.bulk
left join inline_std i on i.account_id = e.account_id and i.name = e.name"""


def select_items(*alike: Call) -> str:
    """Return the SELECT of the items of several calls with the same form of response."""
    union = " union all ".join(f'select * from raw."{call.raw}"' for call in alike)
    return f"({union})"


def _managed_policies() -> str:
    """Return the CTEs `e`, the managed policies with the columns of `entities` and `arn`, and `versions`, their documents.

    `e` has one row for each policy of an account. The row of GetAccountAuthorizationDetails wins, because two files of an
    import may contain the same policy.
    """
    policies = "\n  union all ".join(
        f"select account_id, 'global' as region, item, item ->> '$.PolicyName' as name, item ->> '$.Arn' as arn, "
        f"rowid as place, synced_at, '{call.service}:{call.operation}' as source, {call == calls.POLICY_DETAILS} as bulk "
        f'from raw."{call.raw}"'
        for call in (calls.POLICY_DETAILS, calls.POLICIES, calls.AWS_POLICIES)
    )
    versions = "\n  union all ".join(
        f'select account_id, bound, item from raw."{call.raw}"' for call in (calls.POLICY_DOCUMENT, calls.AWS_DOCUMENT)
    )
    return f"""
e as (
  select * from ({policies}) found
  qualify row_number() over (partition by found.account_id, found.arn order by found.bulk desc, found.place) = 1),
versions as ({versions})"""


MANAGED_POLICIES = _managed_policies()
