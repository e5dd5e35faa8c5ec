-- title: Trails leave nothing out
-- kind: control
-- severity: medium
-- version: 1
-- tags: cloudtrail
--
-- All that makes a trail fit for an investigation, at once: it is on, covers all regions and global services, logs
-- reads and writes of management events and leaves no source out, and its files are validated and encrypted with a key
-- of one's own. The public control passes every trail with advanced selectors; here they are looked at. One row for
-- each trail, in the account that owns it; one whose home region was not read is judged by its copy in another region.
-- The public control judges home regions only, or every copy, and takes a trail whose status it could not read for one
-- that is on or off; here that is unknown.

with trails as (
    select
        t.*,
        row_number() over (
            partition by t.account_id, t.arn
            order by case when t.region = t.home_region then 0 else 1 end, t.region
        ) as place
    from aws_cloudtrail_trail as t
    where t.arn like concat('%:', t.account_id, ':trail/%')
),

basic as (
    select
        b.account_id,
        b.region,
        b.arn,
        max(
            case
                when b.item ->> '$.ReadWriteType' = 'All' and b.item ->> '$.IncludeManagementEvents' = 'true' then 1
                else 0
            end
        ) as is_whole,
        string_agg(
            nullif(trim(cast(b.item -> '$.ExcludeManagementEventSources' as varchar), '[]"'), 'null'), ', '
        ) as excluded
    from (
        select
            t.account_id,
            t.region,
            t.arn,
            unnest(cast(t.event_selectors as json[])) as item
        from aws_cloudtrail_trail as t
    ) as b
    group by b.account_id, b.region, b.arn
),

advanced as (
    select
        b.account_id,
        b.region,
        b.arn,
        max(
            case
                when contains(b.item, '"Management"') and not contains(b.item, '"readOnly"') then 1
                else 0
            end
        ) as is_whole,
        max(
            case
                when contains(b.item, '"Management"') and contains(b.item, '"eventSource"') then 'some sources'
            end
        ) as excluded
    from (
        select
            t.account_id,
            t.region,
            t.arn,
            cast(unnest(cast(t.advanced_event_selectors as json[])) as varchar) as item
        from aws_cloudtrail_trail as t
    ) as b
    group by b.account_id, b.region, b.arn
),

chosen as (
    select
        t.account_id,
        t.region,
        t.arn,
        greatest(b.is_whole, d.is_whole) as is_whole,
        coalesce(nullif(b.excluded, ''), d.excluded) as excluded
    from aws_cloudtrail_trail as t
    left join basic as b on b.account_id = t.account_id and b.region = t.region and b.arn = t.arn
    left join advanced as d on d.account_id = t.account_id and d.region = t.region and d.arn = t.arn
),

faults as (
    select
        t.account_id,
        t.region,
        t.arn,
        concat_ws(
            ', ',
            case when not t.is_logging then 'it is off' end,
            case when not t.include_global_service_events then 'no global services' end,
            case when not t.is_multi_region_trail then 'one region only' end,
            case when not t.log_file_validation_enabled then 'no validation' end,
            case when t.kms_key_id is null then 'no key of one''s own' end,
            case when c.is_whole = 0 then 'not all management events' end,
            case when c.excluded is not null then concat('without ', c.excluded) end
        ) as words
    from aws_cloudtrail_trail as t
    left join chosen as c on c.account_id = t.account_id and c.region = t.region and c.arn = t.arn
)

select
    t.arn as resource,
    case
        when f.words <> '' then 'alarm'
        when t.is_logging is null or c.is_whole is null then 'error'
        else 'ok'
    end as status,
    case
        when f.words <> '' then concat('The trail falls short: ', f.words, '.')
        when t.is_logging is null or c.is_whole is null then 'Unknown: the trail''s status or selectors were not read.'
        else 'The trail leaves nothing out.'
    end as reason,
    t.account_id as account_id,
    t.region as region,
    t.name as trail_name
from trails as t
left join chosen as c on c.account_id = t.account_id and c.region = t.region and c.arn = t.arn
left join faults as f on f.account_id = t.account_id and f.region = t.region and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.place = 1
order by a.position, t.arn
