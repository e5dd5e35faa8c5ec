"""A service or resource control policy of the organization; of all types if the table is named in the sync."""

from iamsql.model import View
from iamsql.tables.calls.organization import OTHER_POLICIES, OTHER_POLICY, POLICIES, POLICY
from iamsql.tables.fragments.canonical_documents import canonical_documents
from iamsql.tables.fragments.columns import C, akas, title
from iamsql.tables.fragments.identities import select_items

# A full join, because an import can contain the document of a policy without the list of policies.
_SQL = f"""
with recursive described as (
  select account_id, coalesce(bound ->> '$.PolicyId', item ->> '$.PolicySummary.Id') as id,
    any_value(item -> '$.PolicySummary') as item, any_value(document(item -> '$.Content')) as doc, min(synced_at) as synced_at
  from {select_items(POLICY, OTHER_POLICY)} group by all),
listed as (
  select account_id, item ->> '$.Id' as id, any_value(item) as item, min(synced_at) as synced_at
  from {select_items(POLICIES, OTHER_POLICIES)} group by all),
{canonical_documents("select doc from described")}
select account_id, id, 'global' as region, 'organizations:{POLICIES.operation}' as source,
  coalesce(l.synced_at, d.synced_at) as synced_at, coalesce(l.item, d.item) as details,
  details ->> '$.Name' as name, details ->> '$.Arn' as arn, details ->> '$.Type' as type, details ->> '$.AwsManaged' as aws_managed,
  details ->> '$.Description' as description, s.ordered as content, details ->> '$.Name' as title,
  one_list(details -> '$.Arn') as akas
from listed l full join described d using (account_id, id) left join canonical s on s.doc = d.doc
"""
NAME_AND_ID = (
    C("name", "text", "The friendly name of the policy."),
    C("id", "text", "The unique ID of the policy: p-…"),
)
DETAILS = (
    C("arn", "text", "The ARN of the policy."),
    C("type", "text", "The type of the policy, such as SERVICE_CONTROL_POLICY."),
    C("aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
    C("description", "text", "The description of the policy."),
    C("content", "json", "The content of the policy; null if it could not be read."),
    title(),
    akas(),
)

TABLE = View(
    key=("id",),
    calls=(OTHER_POLICIES, OTHER_POLICY, POLICIES, POLICY),
    columns_of=((POLICY, ("content",)),),
    columns=(*NAME_AND_ID, *DETAILS),
    sql=_SQL,
)
