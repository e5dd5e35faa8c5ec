-- title: Service-specific credentials of IAM users
-- kind: report
-- severity: medium
-- tags: service-credentials, bedrock
-- columns: account, user_name, service_name, credential_id, state
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: aws iam update-service-specific-credential --user-name {user_name} --service-specific-credential-id {credential_id} --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-service-specific-credential --user-name {user_name} --service-specific-credential-id {credential_id}
--
-- Returns the service-specific credentials of IAM users: API keys for Bedrock and CloudWatch Logs, and passwords for
-- CodeCommit and Keyspaces. They are long-lived secrets that the credential report does not contain. An active
-- credential without an expiration date is as risky as an access key: set an expiration, or replace the credential with
-- a role. `state` is `never expires`, `expires`, `expired` or `inactive`. AWS does not report the last use of these
-- credentials. Deactivate a credential first, and delete it if nothing fails.

select
    s.account_id, a.name as account_name, s.user_name, s.service_name,
    s.service_specific_credential_id as credential_id, s.service_user_name, s.service_credential_alias, s.status,
    s.create_date,
    days_between(s.create_date, o.as_of) as age_days,
    s.expiration_date,
    days_between(o.as_of, s.expiration_date) as days_left,
    case
        when s.status = 'Expired' or s.expiration_date <= o.as_of then 'expired'
        when s.status <> 'Active' then 'inactive'
        when s.expiration_date is null then 'never expires'
        else 'expires'
    end as state,
    o.as_of
from aws_iam_service_specific_credential as s
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = s.account_id
order by s.create_date, s.account_id, s.service_specific_credential_id
