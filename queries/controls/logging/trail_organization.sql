-- title: Ensure an organization trail logs the account
-- kind: control
-- severity: medium
-- tags: cloudtrail, organization
-- remediation: # In the management account, once: aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com
-- remediation: aws cloudtrail create-trail --name TRAIL_NAME --s3-bucket-name BUCKET_NAME --is-organization-trail --is-multi-region-trail --enable-log-file-validation
-- remediation: aws cloudtrail start-logging --name TRAIL_NAME
--
-- Administrators of an account can stop the account's own trails, and each new account needs one. Member accounts
-- cannot change an organization trail, which also logs new accounts. Create an organization trail in the management
-- account or in the account of the delegated administrator of CloudTrail.

select r.*
from account_trail_results('organization') as r
order by account_position(r.account_id), r.account_id
