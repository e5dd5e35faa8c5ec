"""SQL for access keys: a replaced key is one row, and keys that trust_report may have left out of a run are not compared."""

from __future__ import annotations

# trust_report lists the keys only of users that have a key in the credential report. A key that was created after the report
# can exist and be missing in the run.
EXCLUDE_UNCERTAIN_KEYS_SQL = """
create or replace temp table uncertain_keys as
select j.ident, j.account_id, case when j.in_old then 'new' else 'old' end as side
from joined j
left join diff_call_old o on o.table_name = 'aws_iam_access_key' and o.operation = 'ListAccessKeys'
    and o.account_id = j.account_id
left join diff_call_new n on n.table_name = 'aws_iam_access_key' and n.operation = 'ListAccessKeys'
    and n.account_id = j.account_id
where (not j.in_new and n.trusting and j."old create_date" >= coalesce(
        (select max(r.generated_time) from new.main.aws_iam_credential_report r where r.account_id = j.account_id),
        j."old create_date"))
    or (not j.in_old and o.trusting and j."new create_date" < (select started_at from old.iamsql.run));
delete from joined where ident in (select ident from uncertain_keys);
insert into missing_data
select 'access_key', '(keys newer than the report)', account_id,
    case when side = 'old' then 'iam:ListAccessKeys partial (trust_report)' end,
    case when side = 'new' then 'iam:ListAccessKeys partial (trust_report)' end, false
from (select distinct account_id, side from uncertain_keys);
"""
# AWS records no link between a key and its replacement: the n-th key of a user that was deleted or deactivated is paired with
# the n-th key that was created.
MERGE_ROTATED_KEYS_SQL = """
create or replace temp table rotations as
with retired as (
    select f.account_id, f.name, f.resource, f.change,
        row_number() over (partition by f.account_id, f.name order by f.change desc, f.resource) as place
    from differences f
    where f.kind = 'access_key' and (f.change = 'gone'
        or (f.change = 'changed' and f.column_name = 'status' and f.old_value = 'Active' and f.new_value <> 'Active'))
), created as (
    select f.account_id, f.name, f.region, f.resource,
        row_number() over (partition by f.account_id, f.name order by f.resource) as place
    from differences f where f.kind = 'access_key' and f.change = 'new'
)
select c.account_id, c.name, c.region, r.resource as old_key, c.resource as new_key, r.change
from created c join retired r on r.account_id = c.account_id and r.name = c.name and r.place = c.place;
delete from differences where kind = 'access_key' and change in ('new', 'gone', 'changed') and (
    resource in (select new_key from rotations) and change = 'new'
    or resource in (select old_key from rotations) and (change = 'gone' or column_name = 'status'));
insert into differences by name
select 'rotated' as change, 'access_key' as kind, account_id, region, name, new_key as resource, old_key as old_value,
    new_key as new_value,
    case when change = 'gone' then 'the old key is gone' else 'the old key is inactive' end as reason
from rotations;
"""
