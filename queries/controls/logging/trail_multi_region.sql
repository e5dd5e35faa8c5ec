-- title: Ensure a multi-Region CloudTrail trail logs the account
-- kind: control
-- severity: high
-- tags: cloudtrail, security_hub:CloudTrail.1
-- remediation: aws cloudtrail describe-trails
-- remediation: aws cloudtrail update-trail --name TRAIL_NAME --is-multi-region-trail
-- remediation: # If the account has no trail: aws cloudtrail create-trail --name TRAIL_NAME --s3-bucket-name BUCKET_NAME --is-multi-region-trail
--
-- A single-Region trail does not log what an attacker does in other Regions. Create a multi-Region trail in the account
-- or the organization. If the status of an organization trail could not be read from any account, the result is an
-- error; the Powerpipe control then requires a manual check.

select r.*
from account_trail_results('multi-Region') as r
order by account_position(r.account_id), r.account_id
