"""A region that is enabled in an account. Sync with `--region all`."""

from iamsql.model import View
from iamsql.tables.calls.account import EC2_REGIONS, REGIONS
from iamsql.tables.fragments.columns import C, title

TABLE = View(
    key=("account_id", "name"),
    calls=(REGIONS, EC2_REGIONS),
    columns=(
        C("name", "text", "The name of the region, such as eu-west-1."),
        C("opt_in_status", "text", "ENABLED or ENABLED_BY_DEFAULT; from EC2, opted-in or opt-in-not-required."),
        title(),
    ),
    sql=f"""
select account_id, item ->> '$.RegionName' as name, item ->> '$.RegionName' as region, item ->> '$.RegionName' as title,
  coalesce(item ->> '$.RegionOptStatus', item ->> '$.OptInStatus') as opt_in_status, synced_at, source
from (
  select *, 'account:ListRegions' as source from raw."{REGIONS.raw}"
  union all select *, 'ec2:DescribeRegions' from raw."{EC2_REGIONS.raw}")
""",
)
