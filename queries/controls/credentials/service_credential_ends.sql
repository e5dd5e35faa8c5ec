-- title: Ensure service-specific credentials have an expiration date
-- kind: control
-- severity: medium
-- tags: service-credentials, bedrock
-- remediation: # A password of CodeCommit or Amazon Keyspaces cannot expire: use a role. An API key of Amazon Bedrock or CloudWatch Logs can:
-- remediation: aws iam create-service-specific-credential --user-name {user_name} --service-name {service_name} --credential-age-days 90
-- remediation: # When the applications use the new credential: aws iam update-service-specific-credential --user-name {user_name} --service-specific-credential-id {credential_id} --status Inactive
--
-- A credential without an expiration date is valid until it is deleted. Set an expiration date when you create an API
-- key of Amazon Bedrock or CloudWatch Logs. Passwords of CodeCommit and Amazon Keyspaces cannot expire and are alarms
-- too; use a role instead. Credentials that are not active are skipped.

select
    s.arn as resource,
    unnest(case
        when s.is_expired or s.status <> 'Active' then skip('The credential is not active.')
        when s.expiration_date is null then alarm('The credential has no expiration date.')
        else ok(concat('The credential expires on ', strftime(s.expiration_date, '%Y-%m-%d'), '.'))
    end),
    s.account_id, 'global' as region, s.user_name, s.credential_id, s.service_name
from iam_service_credentials() as s
order by account_position(s.account_id), s.arn, s.credential_id
