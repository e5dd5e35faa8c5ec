-- title: Ensure service-specific credentials are rotated every 90 days or less
-- kind: control
-- severity: medium
-- tags: service-credentials, bedrock
-- param: days integer = 90              # Age at which a credential must be rotated, in days
-- remediation: aws iam create-service-specific-credential --user-name {user_name} --service-name {service_name}
-- remediation: # When the applications use the new credential: aws iam update-service-specific-credential --user-name {user_name} --service-specific-credential-id {credential_id} --status Inactive
--
-- A service-specific credential, such as an API key of Amazon Bedrock or CloudWatch Logs or a password of CodeCommit or
-- Amazon Keyspaces, is a long-term secret of an IAM user that the credential report does not list. Replace it, or use a
-- role. Credentials that are not active are skipped.

select
    s.arn as resource,
    unnest(credential_age(s.status, s.age_days, $days, 'credential')),
    s.account_id, 'global' as region, s.user_name, s.credential_id, s.service_name
from iam_service_credentials() as s
order by account_position(s.account_id), s.arn, s.credential_id
