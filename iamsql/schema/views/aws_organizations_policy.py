"""The organization's policies, of every type, with their documents."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._columns import named
from iamsql.schema.tables._org_calls import OTHER_POLICIES, OTHER_POLICY, POLICIES, POLICY
from iamsql.schema.views._documents import spelt
from iamsql.schema.views._parts import both

_SQL = f"""
with recursive described as (
  select account_id, coalesce(bound ->> '$.PolicyId', item ->> '$.PolicySummary.Id') as id,
    any_value(item -> '$.PolicySummary') as item, any_value(document(item -> '$.Content')) as doc, min(synced_at) as synced_at
  from {both(POLICY, OTHER_POLICY)} group by all),
listed as (
  select account_id, item ->> '$.Id' as id, any_value(item) as item, min(synced_at) as synced_at
  from {both(POLICIES, OTHER_POLICIES)} group by all),
{spelt("select doc from described")}
select account_id, id, 'global' as region, 'organizations:{POLICIES.operation}' as source,
  coalesce(l.synced_at, d.synced_at) as synced_at, coalesce(l.item, d.item) as details,
  details ->> '$.Name' as name, details ->> '$.Arn' as arn, details ->> '$.Type' as type, details ->> '$.AwsManaged' as aws_managed,
  details ->> '$.Description' as description, s.ordered as content, details ->> '$.Name' as title,
  one_list(details -> '$.Arn') as akas
from listed l full join described d using (account_id, id) left join spelt s on s.doc = d.doc
"""


TABLE = View(
    "aws_organizations_policy",
    "A policy of the organization: service control and resource control; of other types where the table is named.",
    key=("id",),
    calls=(OTHER_POLICIES, OTHER_POLICY, POLICIES, POLICY),
    columns=(
        C("name", "text", "The policy's name."),
        C("id", "text", "Its id, p-…"),
        C("arn", "text", "The ARN."),
        C("type", "text", "The type, such as SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY."),
        C("aws_managed", "boolean", "Whether AWS keeps it."),
        C("description", "text", "Its description; null without."),
        C("content", "json", "The document; null when it could not be read."),
        *named("", ""),
    ),
    sql=_SQL,
)
