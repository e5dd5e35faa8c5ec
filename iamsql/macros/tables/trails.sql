-- Each trail once, in the account that owns it: its row of the home region or, where that was not read, that of another.
-- gives: account_id VARCHAR, region VARCHAR, arn VARCHAR
create or replace macro trail_homes() as table
select h.account_id, h.region, h.arn
from (
    select
        t.account_id, t.region, t.arn,
        row_number() over (
            partition by t.account_id, t.arn
            order by case when t.region = t.home_region then 0 else 1 end, t.region
        ) as place
    from aws_cloudtrail_trail as t
    where t.arn like concat('%:', t.account_id, ':trail/%')
) as h
where h.place = 1;

-- What the selectors of each row of a trail choose: `logs_all` is 1 where reads and writes of management events are logged,
-- and null where no selectors were read; `excluded` says which sources are left out.
-- gives: account_id VARCHAR, region VARCHAR, arn VARCHAR, logs_all BIGINT, excluded VARCHAR
create or replace macro trail_selectors() as table
with basic as (
    select
        b.account_id, b.region, b.arn,
        max(
            case
                when b.item ->> '$.ReadWriteType' = 'All' and b.item ->> '$.IncludeManagementEvents' = 'true' then 1
                else 0
            end
        ) as logs_all,
        string_agg(
            nullif(trim(cast(b.item -> '$.ExcludeManagementEventSources' as varchar), '[]"'), 'null'), ', '
        ) as excluded
    from (
        select t.account_id, t.region, t.arn, unnest(cast(t.event_selectors as json[])) as item
        from aws_cloudtrail_trail as t
    ) as b
    group by b.account_id, b.region, b.arn
),

advanced as (
    select
        d.account_id, d.region, d.arn,
        max(case when contains(d.item, '"Management"') and not contains(d.item, '"readOnly"') then 1 else 0 end) as logs_all,
        max(case when contains(d.item, '"Management"') and contains(d.item, '"eventSource"') then 'some sources' end) as excluded
    from (
        select t.account_id, t.region, t.arn, cast(unnest(cast(t.advanced_event_selectors as json[])) as varchar) as item
        from aws_cloudtrail_trail as t
    ) as d
    group by d.account_id, d.region, d.arn
)

select
    t.account_id, t.region, t.arn,
    cast(greatest(b.logs_all, d.logs_all) as bigint) as logs_all,
    coalesce(nullif(b.excluded, ''), d.excluded) as excluded
from aws_cloudtrail_trail as t
left join basic as b on b.account_id = t.account_id and b.region = t.region and b.arn = t.arn
left join advanced as d on d.account_id = t.account_id and d.region = t.region and d.arn = t.arn;

-- The trails of which an account has a row, with whether any row of the same trail says that it is on.
-- gives: account_id VARCHAR, region VARCHAR, arn VARCHAR, name VARCHAR, is_multi_region_trail BOOLEAN, is_organization_trail BOOLEAN, is_logging BOOLEAN
create or replace macro account_trails() as table
select t.account_id, t.region, t.arn, t.name, t.is_multi_region_trail, t.is_organization_trail, k.is_logging
from aws_cloudtrail_trail as t
inner join (
    select o.arn, bool_or(o.is_logging) as is_logging
    from aws_cloudtrail_trail as o
    group by o.arn
) as k on k.arn = t.arn;
