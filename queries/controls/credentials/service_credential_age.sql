-- title: Keys for single services are young
-- kind: control
-- severity: medium
-- version: 1
-- tags: service-credentials, bedrock
-- param: days integer = 90              # Age in days from which a credential is old
--
-- A service-specific credential (an API key of Bedrock or CloudWatch Logs, a password of CodeCommit or Keyspaces) is a
-- long-lived secret of an IAM user, and the credential report does not show it. Make a new one and delete the old, or
-- let a role take its place. One that is not active makes a `skip` row.

with aged as (
    select
        s.account_id,
        coalesce(u.arn, concat('arn:', r."partition", ':iam::', s.account_id, ':user/', s.user_name)) as arn,
        s.user_name,
        s.service_specific_credential_id,
        s.status,
        s.service_name,
        days_between(s.create_date, as_of()) as age_days
    from aws_iam_service_specific_credential as s
    cross join iamsql.run as r
    left join aws_iam_user as u on u.account_id = s.account_id and u.name = s.user_name
)

select
    s.arn as resource,
    case
        when s.status <> 'Active' then 'skip'
        when s.age_days is null then 'error'
        when s.age_days >= $days then 'alarm'
        else 'ok'
    end as status,
    case
        when s.status <> 'Active' then 'The credential is not active.'
        when s.age_days is null then 'Unknown: the day the credential was made could not be read.'
        else concat('The credential is ', in_days(s.age_days), ' old; the limit is ', $days, '.')
    end as reason,
    s.account_id as account_id,
    'global' as region,
    s.user_name as user_name,
    s.service_specific_credential_id as credential_id,
    s.service_name as service_name
from aged as s
left join iamsql.accounts as a on a.account_id = s.account_id
order by a.position, s.arn, s.service_specific_credential_id
