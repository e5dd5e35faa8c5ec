-- title: Ensure CloudTrail trails are integrated with CloudWatch Logs
-- kind: control
-- severity: low
-- tags: cloudtrail, security_hub:CloudTrail.5
-- param: hours integer = 24             # Maximum time since the last delivery to the log group, in hours
-- remediation: aws cloudtrail get-trail-status --region {region} --name {resource}
-- remediation: aws logs create-log-group --region {region} --log-group-name aws-cloudtrail-logs
-- remediation: aws cloudtrail update-trail --region {region} --name {resource} --cloud-watch-logs-log-group-arn LOG_GROUP_ARN --cloud-watch-logs-role-arn ROLE_ARN
--
-- Metric filters and alarms of CloudWatch Logs can report an event within minutes. Set a log group for the trail. There
-- is one row for each trail, in the account that owns it. The Powerpipe control evaluates the last delivery to the S3
-- bucket; here it is the last delivery to the log group, if CloudTrail reports one. Unlike the Powerpipe control, this
-- control also evaluates a trail whose home Region was not read, from its shadow trail in another Region.

select
    t.arn as resource,
    unnest(case
        when t.log_group_arn is null then alarm('The trail does not deliver events to CloudWatch Logs.')
        when coalesce(t.latest_cloudwatch_logs_delivery_time, t.latest_delivery_time) > o.as_of - to_hours($hours)
            then ok(concat('The trail delivers events to the log group ', t.log_group_arn, '.'))
        when t.is_logging is null then unknown('the status of the trail was not read.')
        else alarm(concat('The trail delivered no events to its log group in the last ', $hours, ' hours.'))
    end),
    t.account_id, t.region, t.name as trail_name
from home_trails() as t
cross join (select as_of() as as_of) as o
order by account_position(t.account_id), t.arn
