"""An organizational unit (OU) and its path from the root."""

from iamsql.model import View
from iamsql.tables.calls.account import UNITS
from iamsql.tables.fragments.columns import C, akas, title

TABLE = View(
    key=("id",),
    calls=(UNITS,),
    columns=(
        C("name", "text", "The friendly name of the organizational unit."),
        C("id", "text", "The unique ID of the organizational unit: ou-…"),
        C("arn", "text", "The ARN of the organizational unit."),
        C("parent_id", "text", "The ID of the parent root or organizational unit."),
        C("path", "text", "The IDs from the root to the organizational unit, joined by '.', with '_' in place of '-'."),
        title(),
        akas(),
    ),
    sql=f"""
with recursive units as (
  select u.account_id, u.item, u.synced_at, u.item ->> '$.Id' as id, u.bound ->> '$.ParentId' as parent_id
  from raw."{UNITS.raw}" u),
paths as (
  select u.*, replace(u.parent_id, '-', '_') || '.' || replace(u.id, '-', '_') as path
  from units u where u.parent_id like 'r-%'
  union all
  select u.*, p.path || '.' || replace(u.id, '-', '_') from units u join paths p on p.id = u.parent_id)
select p.*, 'global' as region, 'organizations:{UNITS.operation}' as source, p.item ->> '$.Name' as name,
  p.item ->> '$.Arn' as arn, p.item ->> '$.Name' as title, one_list(p.item -> '$.Arn') as akas
from paths p
""",
)
