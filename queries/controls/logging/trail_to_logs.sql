-- title: Ensure CloudTrail trails are integrated with CloudWatch Logs
-- kind: control
-- severity: low
-- version: 1
-- tags: cloudtrail, security_hub:CloudTrail.5
-- param: hours integer = 24             # Within so many hours events must have arrived
--
-- Events in CloudWatch Logs can raise an alarm within minutes; in the bucket somebody has to look. The public control
-- takes the last log file in the bucket for the sign that it works; here it is the last delivery to the log group,
-- where AWS tells of one. One row for each trail, in the account that owns it; one whose home region was not read is
-- evaluated by its copy in another region. The public control evaluates home regions only, or every copy, and takes a
-- trail whose status it could not read for one that is on or off; here that is unknown.

select
    t.arn as resource,
    unnest(case
        when t.log_group_arn is null then alarm('The trail writes to no log group.')
        when coalesce(t.latest_cloudwatch_logs_delivery_time, t.latest_delivery_time) > o.as_of - to_hours($hours)
            then ok(concat('The trail writes to ', t.log_group_arn, '.'))
        when t.is_logging is null then unknown('the status of the trail was not read.')
        else alarm(concat('Nothing reached the log group within ', $hours, ' hours.'))
    end),
    t.account_id, t.region, t.name as trail_name
from aws_cloudtrail_trail as t
cross join (select as_of() as as_of) as o
inner join trail_homes() as h on h.account_id = t.account_id and h.region = t.region and h.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
