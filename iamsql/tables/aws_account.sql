with e as (select account_id, any_value(synced_at) as synced_at from raw."{caller.raw}" group by all),
aliases as (select account_id, to_json(list(item order by rowid)) as items from raw."{aliases.raw}" group by all),
-- One row, with NULL if the run read no organization.
organization as (select any_value(item) as item from raw."{organization.raw}"),
alias_calls as (
  select account_id, bool_and(status = 'ok') as is_read from iamsql.coverage where operation = '{aliases.operation}' group by all)
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
