-- title: Ensure server certificates in IAM do not expire soon
-- kind: control
-- severity: medium
-- version: 1
-- tags: certificates
-- param: days integer = 30          # Days before its end from which a certificate ends soon
--
-- A certificate in IAM is not renewed by itself. Replace it in time, best by one of ACM. One that has ended makes a
-- `skip` row: it is for server_certificate_expired.

with dated as (
    select
        c.account_id, c.arn,
        days_between(as_of(), c.expiration) as days_left
    from aws_iam_server_certificate as c
)

select
    t.arn as resource,
    unnest(case
        when t.days_left is null then unknown('the end of the certificate was not read.')
        when t.days_left < 0 then skip(concat('The certificate ended ', in_days(-t.days_left), ' ago.'))
        when t.days_left < $days
            then alarm(concat('The certificate ends in ', in_days(t.days_left), '; the limit is ', $days, '.'))
        else ok(concat('The certificate is good for ', in_days(t.days_left), '.'))
    end),
    t.account_id, 'global' as region
from dated as t
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
