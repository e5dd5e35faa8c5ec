-- title: Ensure CloudTrail trails deliver log files to their S3 bucket
-- kind: control
-- severity: high
-- tags: cloudtrail
-- remediation: aws cloudtrail get-trail-status --region {region} --name {resource}
-- remediation: aws cloudtrail get-trail --region {region} --name {resource}
-- remediation: aws s3api get-bucket-policy --bucket BUCKET_NAME
--
-- A trail that cannot deliver log files loses events: the bucket was deleted, or its policy or KMS key denies access to
-- CloudTrail. Correct the bucket, policy or key. There is one row for each trail, in the account that owns it. A trail
-- whose home Region was not read is evaluated from its shadow trail in another Region.

select
    t.arn as resource,
    unnest(case
        when t.latest_delivery_error is not null
            then alarm(concat('The last delivery of a log file failed: ', t.latest_delivery_error, '.'))
        when t.latest_delivery_time is null and t.is_logging is null
            then unknown('the status of the trail was not read.')
        when t.latest_delivery_time is null then alarm('The trail has never delivered a log file.')
        else ok(concat('The last log file was delivered on ', strftime(t.latest_delivery_time, '%Y-%m-%d'), '.'))
    end),
    t.account_id, t.region, t.name as trail_name
from home_trails() as t
order by account_position(t.account_id), t.arn
