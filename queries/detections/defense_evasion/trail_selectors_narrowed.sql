-- title: CloudTrail event selectors changed to exclude management events
-- kind: detection
-- severity: high
-- tags: mitre:T1562.008, tactic:defense_evasion, cloudtrail
--
-- Detects event selectors that exclude management events of a trail, or of an event data store of CloudTrail Lake. A
-- trail that records only read events, only write events or no management events still delivers log files, so the loss
-- is not noticed. A finding means that no selector covers all management events; the exclusion of KMS and RDS Data API
-- events alone is not a finding, nor is an event data store for other data, such as configuration items. Restore the
-- selectors, and read the event history for the period in between.
-- False positives: a second trail or event data store for data events only, in addition to one that covers all
-- management events. An event data store that was created without management events in the run is excluded.

with changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.trailName', c.request_parameters ->> '$.eventDataStore') as trail_name,
        json_extract(c.request_parameters, '$.eventSelectors[*]') as selectors,
        json_extract(c.request_parameters, '$.advancedEventSelectors[*]') as advanced,
        json_type(c.request_parameters, '$.eventSelectors') = 'ARRAY'
        or json_type(c.request_parameters, '$.advancedEventSelectors') = 'ARRAY' as has_selectors,
        c.invoked_by, c.event_id
    from successful_calls('cloudtrail.amazonaws.com') as c
    where scan_filter(c.event_name in ('PutEventSelectors', 'UpdateEventDataStore'))
),

each_selector as (
    select
        c.account_id, c.event_id,
        unnest(c.selectors) as selector
    from changes as c
),

selector_fields as (
    select
        a.account_id, a.event_id, a.place,
        unnest(json_extract(a.selector, '$.fieldSelectors[*]')) as field
    from (
        select
            c.account_id, c.event_id,
            unnest(c.advanced) as selector,
            unnest(range(len(c.advanced))) as place
        from changes as c
    ) as a
),

advanced_selectors as (
    select
        f.account_id, f.event_id, f.place,
        max(
            case
                when
                    (f.field ->> '$.field') = 'eventCategory'
                    and contains(f.field ->> '$.equals', '"Management"')
                    then 1
                else 0
            end
        ) as is_management,
        max(
            case
                when
                    (f.field ->> '$.field') = 'eventCategory'
                    and regexp_matches(
                        f.field ->> '$.equals', '"(ConfigurationItem|Evidence|ActivityAuditLog|Insight)"'
                    )
                    then 1
                else 0
            end
        ) as is_other_data,
        max(
            case
                when (f.field ->> '$.field') = 'eventCategory' then 0
                when
                    (f.field ->> '$.field') = 'eventSource'
                    and len(json_keys(f.field)) = 2
                    and not regexp_matches(
                        replace(replace(f.field ->> '$.notEquals', 'kms.', ''), 'rdsdata.', ''),
                        '[a-z0-9-]+[.]amazonaws'
                    )
                    then 0
                else 1
            end
        ) as is_narrowed
    from selector_fields as f
    group by f.account_id, f.event_id, f.place
),

complete_selectors as (
    select s.account_id, s.event_id
    from each_selector as s
    where
        coalesce(s.selector ->> '$.includeManagementEvents', 'true') = 'true'
        and coalesce(s.selector ->> '$.readWriteType', 'All') = 'All'
    union
    select s.account_id, s.event_id
    from advanced_selectors as s
    where s.is_management = 1 and s.is_narrowed = 0
),

data_stores as (
    select
        e.account_id,
        e.response_elements ->> '$.eventDataStoreArn' as store_arn
    from aws_cloudtrail_event as e
    where
        e.event_source = 'cloudtrail.amazonaws.com'
        and e.event_name = 'CreateEventDataStore'
        and e.error_code is null
        and json_type(e.request_parameters, '$.advancedEventSelectors') = 'ARRAY'
        and not contains(cast(e.request_parameters -> '$.advancedEventSelectors' as varchar), '"Management"')
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.trail_name as target,
    concat(
        'selectors: ',
        coalesce(nullif(left(array_to_string(list_concat(c.selectors, c.advanced), ', '), 500), ''), 'none'),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from changes as c
left join complete_selectors as w on w.account_id = c.account_id and w.event_id = c.event_id
left join data_stores as d on d.account_id = c.account_id and d.store_arn = c.trail_name
where
    w.event_id is null
    and d.store_arn is null
    and c.has_selectors
    and not exists (
        select 1 from advanced_selectors as s
        where s.account_id = c.account_id and s.event_id = c.event_id and s.is_other_data = 1
    )
order by c.event_time desc, c.event_id
