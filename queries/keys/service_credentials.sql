-- title: Keys for Bedrock and other single services
-- kind: report
-- severity: medium
-- version: 1
-- tags: service-credentials, bedrock
--
-- A service-specific credential (a Bedrock or CloudWatch Logs API key, a CodeCommit or Keyspaces password) is a
-- long-lived secret of an IAM user, and the credential report does not show it. One without an end date that is active
-- is as much of a risk as an access key: give it one, or replace it by a role. `state` is `never expires`,
-- `expires`, `expired` or `inactive`. AWS does not say when such a credential was last used.

select
    s.account_id, a.name as account_name, s.user_name, s.service_name,
    s.service_specific_credential_id as credential_id, s.service_user_name, s.service_credential_alias, s.status,
    s.create_date,
    cast(floor((extract(epoch from m.moment) - extract(epoch from s.create_date)) / 86400) as bigint) as age_days,
    s.expiration_date,
    cast(floor((extract(epoch from s.expiration_date) - extract(epoch from m.moment)) / 86400) as bigint) as days_left,
    case
        when s.status = 'Expired' or s.expiration_date <= m.moment then 'expired'
        when s.status <> 'Active' then 'inactive'
        when s.expiration_date is null then 'never expires'
        else 'expires'
    end as state,
    m.moment as as_of
from aws_iam_service_specific_credential as s
cross join (select as_of() as moment) as m
left join iamsql.accounts as a on a.account_id = s.account_id
order by s.create_date, s.account_id, s.service_specific_credential_id
