"""The regions that an account has enabled: collected where all regions are wanted."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._calls import EC2_REGIONS, REGIONS

TABLE = View(
    "aws_region",
    "A region that an account has enabled; read with --region all.",
    key=("account_id", "name"),
    calls=(REGIONS, EC2_REGIONS),
    columns=(
        C("name", "text", "The region, such as eu-west-1."),
        C("opt_in_status", "text", "ENABLED, ENABLED_BY_DEFAULT, or in EC2's words opted-in and opt-in-not-required."),
        C("title", "text", "A name to show."),
    ),
    sql=f"""
select account_id, item ->> '$.RegionName' as name, item ->> '$.RegionName' as region, item ->> '$.RegionName' as title,
  coalesce(item ->> '$.RegionOptStatus', item ->> '$.OptInStatus') as opt_in_status, synced_at, source
from (
  select *, 'account:ListRegions' as source from raw."{REGIONS.raw}"
  union all select *, 'ec2:DescribeRegions' from raw."{EC2_REGIONS.raw}")
""",
)
