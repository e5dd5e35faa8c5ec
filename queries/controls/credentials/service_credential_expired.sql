-- title: Ensure expired service-specific credentials are deleted
-- kind: control
-- severity: low
-- version: 1
-- tags: service-credentials, bedrock
--
-- A credential that has ended is of no use to anybody and counts against the limit of two a service. Delete it. One
-- without an end is never expired: see `service_credential_ends`.

select
    s.arn as resource,
    unnest(case
        when s.is_expired and s.expiration_date is not null then alarm(
            concat('The credential ended on ', strftime(s.expiration_date, '%Y-%m-%d'), ' and is still there.')
        )
        when s.is_expired then alarm('The credential has ended and is still there.')
        when s.expiration_date is null then ok('The credential has no end.')
        else ok(concat('The credential ends on ', strftime(s.expiration_date, '%Y-%m-%d'), '.'))
    end),
    s.account_id, 'global' as region, s.user_name, s.credential_id, s.service_name
from iam_service_credentials() as s
order by s.position, s.arn, s.credential_id
