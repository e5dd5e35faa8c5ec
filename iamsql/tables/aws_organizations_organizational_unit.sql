with recursive units as (
  select u.account_id, u.item, u.synced_at, u.item ->> '$.Id' as id, u.bound ->> '$.ParentId' as parent_id
  from raw."{units.raw}" u),
paths as (
  select u.*, replace(u.parent_id, '-', '_') || '.' || replace(u.id, '-', '_') as path
  from units u where u.parent_id like 'r-%'
  union all
  select u.*, p.path || '.' || replace(u.id, '-', '_') from units u join paths p on p.id = u.parent_id)
select p.*, 'global' as region, 'organizations:{units.operation}' as source, p.item ->> '$.Name' as name,
  p.item ->> '$.Arn' as arn, p.item ->> '$.Name' as title, one_list(p.item -> '$.Arn') as akas
from paths p
