"""Access keys: one that takes another's place is one row, and keys that a run under --trust-report did not list are left out."""

from __future__ import annotations

from iamsql.store.pair import Pair

# Under --trust-report keys are listed of those users alone whom the credential report shows with some: a key that was made
# after the report may be there, and not in the run.
UNSURE = """
create or replace temp table unsure as
select j.ident, j.account_id, case when j.in_old then 'new' else 'old' end as side
from joined j
left join diff_standing_old o on o.table_name = 'aws_iam_access_key' and o.operation = 'ListAccessKeys'
    and o.account_id = j.account_id
left join diff_standing_new n on n.table_name = 'aws_iam_access_key' and n.operation = 'ListAccessKeys'
    and n.account_id = j.account_id
where (not j.in_new and n.trusting and j."old create_date" >= coalesce(
        (select max(r.generated_time) from new.main.aws_iam_credential_report r where r.account_id = j.account_id),
        j."old create_date"))
    or (not j.in_old and o.trusting and j."new create_date" < (select started_at from old.iamsql.run));
delete from joined where ident in (select ident from unsure);
insert into diff_lack
select 'access_key', '(keys newer than the report)', account_id,
    case when side = 'old' then 'iam:ListAccessKeys partial (trust_report)' end,
    case when side = 'new' then 'iam:ListAccessKeys partial (trust_report)' end, false
from (select distinct account_id, side from unsure);
"""
# The n-th key of a user that went, or was made inactive, gave way to the n-th that came.
ROTATED = """
create or replace temp table rotations as
with went as (
    select f.account_id, f.name, f.resource, f.change,
        row_number() over (partition by f.account_id, f.name order by f.change desc, f.resource) as place
    from found f
    where f.kind = 'access_key' and (f.change = 'gone'
        or (f.change = 'changed' and f.column_name = 'status' and f.old_value = 'Active' and f.new_value <> 'Active'))
), came as (
    select f.account_id, f.name, f.region, f.resource,
        row_number() over (partition by f.account_id, f.name order by f.resource) as place
    from found f where f.kind = 'access_key' and f.change = 'new'
)
select c.account_id, c.name, c.region, w.resource as old_key, c.resource as new_key, w.change
from came c join went w on w.account_id = c.account_id and w.name = c.name and w.place = c.place;
delete from found where kind = 'access_key' and change in ('new', 'gone', 'changed') and (
    resource in (select new_key from rotations) and change = 'new'
    or resource in (select old_key from rotations) and (change = 'gone' or column_name = 'status'));
insert into found by name
select 'rotated' as change, 'access_key' as kind, account_id, region, name, new_key as resource, old_key as old_value,
    new_key as new_value,
    case when change = 'gone' then 'the old key is gone' else 'the old key is inactive' end as reason
from rotations;
"""


def validate_keys(pair: Pair) -> None:
    """Leave out the keys of which a run under --trust-report cannot tell, and note whose they are."""
    pair.run(UNSURE)
