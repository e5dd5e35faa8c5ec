-- Returns which CloudTrail events of each account were read. `is_complete` is true if a trail returned all events. `description`
-- is a phrase.
-- returns: account_id VARCHAR, is_complete BOOLEAN, description VARCHAR
create or replace macro account_event_coverage() as table
with reads as (
    select
        v.account_id,
        count(*) filter (where v.source = 'trail' and v.status = 'ok') as trail_regions,
        count(*) filter (where v.source = 'trail' and v.status <> 'ok') as trail_failures,
        count(*) filter (where v.source = 'trail' and coalesce(v.error_code, '') <> 'no_objects') as log_regions,
        string_agg(distinct v.write_region, ', ' order by v.write_region) as write_regions,
        count(*) filter (where v.source = 'event_history' and v.status = 'ok') as look_ups,
        count(*) filter (where v.source = 'import') as imports,
        string_agg(distinct v.failure, ', ' order by v.failure) as failures
    from (
        select
            c.*,
            case when c.look_up = 'ReadOnly=false' and c.status = 'ok' then c.region end as write_region,
            case
                when c.status not in ('ok', 'not_applicable')
                    then concat(coalesce(c.look_up, c.source), ' in ', c.region, ' ', coalesce(c.error_code, c.status))
            end as failure
        from aws_cloudtrail_coverage as c
    ) as v
    group by v.account_id
)

select
    a.account_id,
    coalesce(r.trail_regions > 0 and r.trail_failures = 0 and r.log_regions > 0, false) as is_complete,
    case
        when r.trail_regions > 0 and r.trail_failures = 0 and r.log_regions > 0
            then concat('all events; regions read: ', r.trail_regions)
        else concat_ws(
            '; ',
            case
                when r.trail_regions > 0 and r.log_regions > 0 then 'events of a trail, in part'
                when r.write_regions is not null then concat('writes of ', r.write_regions, ' only')
                when r.look_ups > 0 then 'some event names only'
                when r.imports > 0 then 'imported files only'
                when r.account_id is null and c.status = 'ok' then 'some event names only'
                else 'not read'
            end,
            'failed: ' || r.failures
        )
    end as description
from iamsql.accounts as a
left join reads as r on r.account_id = a.account_id
left join (
    select c.account_id, max(c.status) as status
    from iamsql.coverage as c
    where c.service = 'cloudtrail' and c.operation = 'LookupEvents'
    group by c.account_id
) as c on c.account_id = a.account_id;
