"""An account that the run read, with its aliases and its organization."""

from iamsql.model import Call, View
from iamsql.tables.calls.account import CALLER, ORGANIZATION
from iamsql.tables.fragments.columns import C, akas, title

ALIASES = Call("iam", "ListAccountAliases", "AccountAliases")
TABLE = View(
    key=("account_id",),
    calls=(CALLER, ALIASES, ORGANIZATION),
    columns_of=((ALIASES, ("account_aliases", "title")),),
    columns=(
        C("account_aliases", "json", "The account aliases; null if they could not be read."),
        C("arn", "text", "The ARN of the account."),
        C("organization_id", "text", "The ID of the organization; null if there is none, or if not read."),
        C("organization_arn", "text", "The ARN of the organization."),
        C("organization_feature_set", "text", "The feature set of the organization: ALL or CONSOLIDATED_BILLING."),
        C("organization_master_account_arn", "text", "The ARN of the management account."),
        C("organization_master_account_email", "text", "The email address of the management account."),
        C("organization_master_account_id", "text", "The ID of the management account."),
        C("organization_available_policy_types", "json", "The policy types that are available in the organization."),
        title(),
        akas(),
    ),
    sql=f"""
with e as (select account_id, any_value(synced_at) as synced_at from raw."{CALLER.raw}" group by all),
aliases as (select account_id, to_json(list(item order by rowid)) as items from raw."{ALIASES.raw}" group by all),
-- One row, with NULL if the run read no organization.
organization as (select any_value(item) as item from raw."{ORGANIZATION.raw}"),
alias_calls as (
  select account_id, bool_and(status = 'ok') as is_read from iamsql.coverage where operation = '{ALIASES.operation}' group by all)
select e.account_id, 'global' as region, 'sts:GetCallerIdentity' as source, e.synced_at,
  coalesce(a.items, case when k.is_read then '[]'::json end) as account_aliases,
  concat('arn:', (select r."partition" from iamsql.run r), ':::', e.account_id) as arn,
  o.item ->> '$.Id' as organization_id, o.item ->> '$.Arn' as organization_arn,
  o.item ->> '$.FeatureSet' as organization_feature_set, o.item ->> '$.MasterAccountArn' as organization_master_account_arn,
  o.item ->> '$.MasterAccountEmail' as organization_master_account_email,
  o.item ->> '$.MasterAccountId' as organization_master_account_id,
  json_or_null(o.item -> '$.AvailablePolicyTypes') as organization_available_policy_types,
  coalesce(a.items ->> '$[0]', e.account_id) as title,
  json_array(concat('arn:', (select r."partition" from iamsql.run r), ':::', e.account_id)) as akas
from e left join aliases a on a.account_id = e.account_id left join alias_calls k on k.account_id = e.account_id
cross join organization o
""",
)
