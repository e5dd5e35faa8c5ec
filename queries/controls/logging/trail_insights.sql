-- title: Ensure CloudTrail Insights is enabled
-- kind: control
-- severity: low
-- version: 1
-- tags: cloudtrail
--
-- Insights compare the rate of calls and of errors with what is usual in an account and write an event when it jumps,
-- as it does when a thief tries out a key. It is paid for by the event. One row for each trail, in the account that
-- owns it; one whose home region was not read is evaluated by its copy in another region. The public control
-- evaluates home regions only, or every copy, and takes a trail whose status it could not read for one that is on or
-- off; here that is unknown.

select
    t.arn as resource,
    unnest(case
        when not t.is_logging then alarm('The trail is off.')
        when not t.has_insight_selectors then alarm('The trail does not look for unusual activity.')
        when t.has_insight_selectors is null or t.is_logging is null
            then unknown('the trail''s settings or status were not read.')
        else ok('The trail looks for unusual activity.')
    end),
    t.account_id, t.region, t.name as trail_name
from aws_cloudtrail_trail as t
inner join trail_homes() as h on h.account_id = t.account_id and h.region = t.region and h.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
