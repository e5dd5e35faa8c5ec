-- title: Ensure a multi-Region trail logs read and write management events
-- kind: control
-- severity: high
-- tags: cloudtrail, security_hub:CloudTrail.1
-- remediation: aws cloudtrail get-event-selectors --trail-name TRAIL_NAME
-- remediation: # The next command replaces all selectors of the trail. Repeat its selectors of data events.
-- remediation: aws cloudtrail put-event-selectors --trail-name TRAIL_NAME --event-selectors ReadWriteType=All,IncludeManagementEvents=true
--
-- Attackers explore an account with read calls, which a trail with only write events does not log. Configure a
-- multi-Region trail to log read and write management events. The Powerpipe control also passes trails with advanced
-- event selectors that select no management events, and gives no error for a status that it could not read.

with trails as (
    select
        t.account_id,
        max(case when t.is_logging and s.logs_all_management_events then t.name end) as name,
        max(case when t.is_logging is null or (t.is_logging and s.logs_all_management_events is null) then t.name end) as unread
    from account_trails() as t
    left join trail_selectors() as s on s.account_id = t.account_id and s.region = t.region and s.arn = t.arn
    where t.is_multi_region_trail
    group by t.account_id
)

select
    a.arn as resource,
    unnest(case
        when t.name is not null
            then ok(concat('The multi-Region trail ', t.name, ' logs read and write management events.'))
        when t.unread is not null
            then unknown(concat('the status or the event selectors of the trail ', t.unread, ' were not read.'))
        else alarm('No multi-Region trail logs read and write management events.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join trails as t on t.account_id = a.account_id
order by a.position, a.account_id
