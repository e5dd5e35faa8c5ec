-- title: Ensure CloudTrail trails deliver log files to their S3 bucket
-- kind: control
-- severity: high
-- version: 1
-- tags: cloudtrail
--
-- A trail that is on and cannot write loses its events: the bucket is gone, or its policy or key shuts CloudTrail
-- out. AWS keeps trying and tells nobody. One row for each trail, in the account that owns it; one whose home region
-- was not read is evaluated by its copy in another region. The public control evaluates home regions only, or every
-- copy, and takes a trail whose status it could not read for one that is on or off; here that is unknown.

select
    t.arn as resource,
    unnest(case
        when t.latest_delivery_error is not null
            then alarm(concat('The last log file did not arrive: ', t.latest_delivery_error, '.'))
        when t.latest_delivery_time is null and t.is_logging is null
            then unknown('the status of the trail was not read.')
        when t.latest_delivery_time is null then alarm('No log file ever arrived.')
        else ok(concat('The last log file arrived on ', strftime(t.latest_delivery_time, '%Y-%m-%d'), '.'))
    end),
    t.account_id, t.region, t.name as trail_name
from aws_cloudtrail_trail as t
inner join trail_homes() as h on h.account_id = t.account_id and h.region = t.region and h.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
