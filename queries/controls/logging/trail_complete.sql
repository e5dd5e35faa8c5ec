-- title: Ensure CloudTrail trails log all management events
-- kind: control
-- severity: medium
-- tags: cloudtrail
-- remediation: aws cloudtrail get-event-selectors --region {region} --trail-name {resource}
-- remediation: aws cloudtrail update-trail --region {region} --name {resource} --is-multi-region-trail --include-global-service-events --enable-log-file-validation
-- remediation: aws cloudtrail start-logging --region {region} --name {resource}
--
-- An investigation needs a trail that is logging, covers all Regions and global services, logs read and write
-- management events of all sources, and has validated log files that are encrypted with a KMS key. Correct the settings
-- that the row lists. There is one row for each trail, in the account that owns it. The Powerpipe control passes every
-- trail with advanced event selectors, and gives no error for a status that it could not read. A trail whose home
-- Region was not read is evaluated from its shadow trail in another Region.

with trails as (
    select
        t.*, s.logs_all_management_events,
        concat_ws(
            ', ',
            case when not t.is_logging then 'it is not logging' end,
            case when not t.include_global_service_events then 'no events of global services' end,
            case when not t.is_multi_region_trail then 'only one Region' end,
            case when not t.log_file_validation_enabled then 'no log file validation' end,
            case when t.kms_key_id is null then 'no KMS key' end,
            case when not s.logs_all_management_events then 'not all management events' end,
            case when s.excluded_sources is not null then concat('no events of ', s.excluded_sources) end
        ) as problems
    from home_trails() as t
    left join trail_selectors() as s on s.account_id = t.account_id and s.region = t.region and s.arn = t.arn
)

select
    t.arn as resource,
    unnest(case
        when t.problems <> '' then alarm(concat('The trail is incomplete: ', t.problems, '.'))
        when t.is_logging is null or t.logs_all_management_events is null
            then unknown('the status or the event selectors of the trail were not read.')
        else ok('The trail logs all management events, with validation and encryption.')
    end),
    t.account_id, t.region, t.name as trail_name
from trails as t
order by account_position(t.account_id), t.arn
