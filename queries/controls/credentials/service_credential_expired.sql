-- title: Expired keys for single services are deleted
-- kind: control
-- severity: low
-- version: 1
-- tags: service-credentials, bedrock
--
-- A credential that has ended is of no use to anybody and counts against the limit of two a service. Delete it. One
-- without an end is never expired: see `service_credential_ends`.

with aged as (
    select
        s.account_id,
        coalesce(u.arn, concat('arn:', r."partition", ':iam::', s.account_id, ':user/', s.user_name)) as arn,
        s.user_name,
        s.service_specific_credential_id,
        s.status,
        s.service_name,
        s.status = 'Expired' or s.expiration_date <= as_of() as is_expired,
        s.expiration_date
    from aws_iam_service_specific_credential as s
    cross join iamsql.run as r
    left join aws_iam_user as u on u.account_id = s.account_id and u.name = s.user_name
)

select
    s.arn as resource,
    case
        when s.is_expired then 'alarm'
        else 'ok'
    end as status,
    case
        when s.is_expired and s.expiration_date is not null
            then concat('The credential ended on ', strftime(s.expiration_date, '%Y-%m-%d'), ' and is still there.')
        when s.is_expired then 'The credential has ended and is still there.'
        when s.expiration_date is null then 'The credential has no end.'
        else concat('The credential ends on ', strftime(s.expiration_date, '%Y-%m-%d'), '.')
    end as reason,
    s.account_id as account_id,
    'global' as region,
    s.user_name as user_name,
    s.service_specific_credential_id as credential_id,
    s.service_name as service_name
from aged as s
left join iamsql.accounts as a on a.account_id = s.account_id
order by a.position, s.arn, s.service_specific_credential_id
