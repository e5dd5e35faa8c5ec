with f as (
  select *, 'accessanalyzer:{findings.operation}' as source, 'ExternalAccess' as kind from raw."{findings.raw}"
  union all
  select *, 'accessanalyzer:{other_findings.operation}', item ->> '$.findingType' from raw."{other_findings.raw}")
select f.account_id, f.region, f.source, f.synced_at, f.bound ->> '$.analyzerArn' as access_analyzer_arn,
  f.item ->> '$.id' as id, f.item ->> '$.analyzedAt' as analyzed_at, f.item ->> '$.createdAt' as created_at,
  f.item ->> '$.error' as error, f.item ->> '$.isPublic' as is_public, f.item ->> '$.resource' as resource,
  f.item ->> '$.resourceOwnerAccount' as resource_owner_account, f.item ->> '$.resourceType' as resource_type,
  f.item ->> '$.status' as status, f.item ->> '$.updatedAt' as updated_at, json_or_null(f.item -> '$.action') as action,
  case when json_type(f.item -> '$.sources') = 'ARRAY' then to_json([json_object(
    'Type', source_ -> '$.type',
    'Detail', case when json_type(source_ -> '$.detail') = 'OBJECT' then json_object(
      'AccessPointArn', source_ -> '$.detail.accessPointArn',
      'AccessPointAccount', source_ -> '$.detail.accessPointAccount') end)
    for source_ in elements(f.item -> '$.sources')]) end as sources,
  json_or_null(f.item -> '$.principal') as principal, json_or_null(f.item -> '$.condition') as condition,
  f.item ->> '$.id' as title, f.kind as finding_type,
  f.item ->> '$.resourceControlPolicyRestriction' as resource_control_policy_restriction
from f
