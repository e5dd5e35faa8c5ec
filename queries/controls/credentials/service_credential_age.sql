-- title: Ensure service-specific credentials are rotated every 90 days or less
-- kind: control
-- severity: medium
-- version: 1
-- tags: service-credentials, bedrock
-- param: days integer = 90              # Age in days from which a credential is old
--
-- A service-specific credential (an API key of Bedrock or CloudWatch Logs, a password of CodeCommit or Keyspaces) is a
-- long-lived secret of an IAM user, and the credential report does not show it. Make a new one and delete the old, or
-- let a role take its place. One that is not active makes a `skip` row.

select
    s.arn as resource,
    unnest(credential_age(s.status, s.age_days, $days, 'credential')),
    s.account_id, 'global' as region, s.user_name, s.credential_id, s.service_name
from iam_service_credentials() as s
order by s.position, s.arn, s.credential_id
