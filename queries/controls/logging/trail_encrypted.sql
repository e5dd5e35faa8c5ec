-- title: Ensure CloudTrail logs are encrypted at rest using KMS keys
-- kind: control
-- severity: medium
-- tags: cloudtrail, kms, security_hub:CloudTrail.2
-- remediation: aws kms get-key-policy --region {region} --key-id KMS_KEY_ARN
-- remediation: # The key policy must allow CloudTrail to call kms:GenerateDataKey* and kms:DescribeKey.
-- remediation: aws cloudtrail update-trail --region {region} --name {resource} --kms-key-id KMS_KEY_ARN
--
-- With a KMS key, reading the logs requires access to the bucket and to the key. Otherwise CloudTrail encrypts the logs
-- with keys that Amazon S3 manages (SSE-S3), and access to the bucket is enough. Set a KMS key for the trail. There is
-- one row for each trail, in the account that owns it. Unlike the Powerpipe control, this control also evaluates a
-- trail whose home Region was not read, from its shadow trail in another Region.

select
    t.arn as resource,
    unnest(case
        when t.kms_key_id is null then alarm('The log files are not encrypted with a KMS key.')
        else ok(concat('The log files are encrypted with the KMS key ', t.kms_key_id, '.'))
    end),
    t.account_id, t.region, t.name as trail_name
from home_trails() as t
order by account_position(t.account_id), t.arn
