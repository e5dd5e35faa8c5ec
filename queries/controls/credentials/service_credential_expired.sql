-- title: Ensure expired service-specific credentials are deleted
-- kind: control
-- severity: low
-- tags: service-credentials, bedrock
-- remediation: aws iam list-service-specific-credentials --user-name {user_name}
-- remediation: aws iam delete-service-specific-credential --user-name {user_name} --service-specific-credential-id {credential_id}
--
-- An expired credential is of no use, and counts towards the quota of two credentials for each service and user. Delete
-- it. `service_credential_ends` finds credentials without an expiration date.

select
    s.arn as resource,
    unnest(case
        when s.is_expired and s.expiration_date is not null
            then alarm(concat('The credential expired on ', strftime(s.expiration_date, '%Y-%m-%d'), '.'))
        when s.is_expired then alarm('The credential has expired.')
        when s.expiration_date is null then ok('The credential has no expiration date.')
        else ok(concat('The credential expires on ', strftime(s.expiration_date, '%Y-%m-%d'), '.'))
    end),
    s.account_id, 'global' as region, s.user_name, s.credential_id, s.service_name
from iam_service_credentials() as s
order by account_position(s.account_id), s.arn, s.credential_id
