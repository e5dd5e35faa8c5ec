select account_id, item ->> '$.RegionName' as name, item ->> '$.RegionName' as region, item ->> '$.RegionName' as title,
  coalesce(item ->> '$.RegionOptStatus', item ->> '$.OptInStatus') as opt_in_status, synced_at, source
from (
  select *, 'account:ListRegions' as source from raw."{regions.raw}"
  union all select *, 'ec2:DescribeRegions' from raw."{ec2_regions.raw}")
