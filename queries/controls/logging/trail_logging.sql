-- title: Ensure CloudTrail trails are logging
-- kind: control
-- severity: high
-- version: 1
-- tags: cloudtrail
--
-- A trail that was stopped stays in the list and looks as if it logged. Start it again, and find out who stopped it:
-- `cloudtrail_events` has the event. One row for each trail, in the account that owns it; one whose home region was
-- not read is evaluated by its copy in another region. The public control evaluates home regions only, or every copy,
-- and takes a trail whose status it could not read for one that is on or off; here that is unknown.

select
    t.arn as resource,
    unnest(case
        when t.is_logging is null then unknown('the status of the trail was not read.')
        when t.is_logging then ok('The trail is on.')
        when t.stop_logging_time is not null
            then alarm(concat('The trail was stopped on ', strftime(t.stop_logging_time, '%Y-%m-%d'), '.'))
        else alarm('The trail is off.')
    end),
    t.account_id, t.region, t.name as trail_name
from aws_cloudtrail_trail as t
inner join trail_homes() as h on h.account_id = t.account_id and h.region = t.region and h.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
