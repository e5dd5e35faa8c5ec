-- title: Ensure CloudTrail log file validation is enabled
-- kind: control
-- severity: medium
-- tags: cloudtrail, security_hub:CloudTrail.4
-- remediation: aws cloudtrail update-trail --region {region} --name {resource} --enable-log-file-validation
--
-- Signed digest files prove whether a log file was changed or deleted after delivery. Enable log file validation. There
-- is one row for each trail, in the account that owns it. Unlike the Powerpipe control, this control also evaluates a
-- trail whose home Region was not read, from its shadow trail in another Region.

select
    t.arn as resource,
    unnest(case
        when t.log_file_validation_enabled is null then unknown('whether log file validation is enabled was not read.')
        when t.log_file_validation_enabled then ok('Log file validation is enabled.')
        else alarm('Log file validation is not enabled.')
    end),
    t.account_id, t.region, t.name as trail_name
from home_trails() as t
order by account_position(t.account_id), t.arn
