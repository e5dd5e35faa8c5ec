-- title: Ensure CloudTrail trails log all management events
-- kind: control
-- severity: medium
-- version: 1
-- tags: cloudtrail
--
-- All that makes a trail fit for an investigation, at once: it is on, covers all regions and global services, logs
-- reads and writes of management events and leaves no source out, and its files are validated and encrypted with a
-- key of one's own. The public control passes every trail with advanced selectors; here they are looked at. One row
-- for each trail, in the account that owns it; one whose home region was not read is evaluated by its copy in another
-- region. The public control evaluates home regions only, or every copy, and takes a trail whose status it could not
-- read for one that is on or off; here that is unknown.

with faults as (
    select
        t.account_id, t.region, t.arn,
        concat_ws(
            ', ',
            case when not t.is_logging then 'it is off' end,
            case when not t.include_global_service_events then 'no global services' end,
            case when not t.is_multi_region_trail then 'one region only' end,
            case when not t.log_file_validation_enabled then 'no validation' end,
            case when t.kms_key_id is null then 'no key of one''s own' end,
            case when c.logs_all = 0 then 'not all management events' end,
            case when c.excluded is not null then concat('without ', c.excluded) end
        ) as words
    from aws_cloudtrail_trail as t
    left join trail_selectors() as c on c.account_id = t.account_id and c.region = t.region and c.arn = t.arn
)

select
    t.arn as resource,
    unnest(case
        when f.words <> '' then alarm(concat('The trail falls short: ', f.words, '.'))
        when t.is_logging is null or c.logs_all is null then unknown('the trail''s status or selectors were not read.')
        else ok('The trail leaves nothing out.')
    end),
    t.account_id, t.region, t.name as trail_name
from aws_cloudtrail_trail as t
inner join trail_homes() as h on h.account_id = t.account_id and h.region = t.region and h.arn = t.arn
left join trail_selectors() as c on c.account_id = t.account_id and c.region = t.region and c.arn = t.arn
left join faults as f on f.account_id = t.account_id and f.region = t.region and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
