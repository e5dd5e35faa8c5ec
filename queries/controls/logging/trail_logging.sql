-- title: Ensure CloudTrail trails are logging
-- kind: control
-- severity: high
-- tags: cloudtrail
-- remediation: iamsql query cloudtrail_events --arg names=StopLogging --arg accounts={account_id}
-- remediation: aws cloudtrail start-logging --region {region} --name {resource}
--
-- A trail that was stopped still exists, and is easily mistaken for a trail that logs. Start logging again, and find
-- out who called StopLogging with the query `cloudtrail_events`. There is one row for each trail, in the account that
-- owns it. A trail whose home Region was not read is evaluated from its shadow trail in another Region.

select
    t.arn as resource,
    unnest(case
        when t.is_logging is null then unknown('the status of the trail was not read.')
        when t.is_logging then ok('The trail is logging.')
        when t.stop_logging_time is not null
            then alarm(concat('Logging was stopped on ', strftime(t.stop_logging_time, '%Y-%m-%d'), '.'))
        else alarm('The trail is not logging.')
    end),
    t.account_id, t.region, t.name as trail_name
from home_trails() as t
order by account_position(t.account_id), t.arn
