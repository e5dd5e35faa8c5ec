-- title: Ensure the metadata of SAML providers does not expire soon
-- kind: control
-- severity: medium
-- version: 1
-- tags: federation, saml
-- param: days integer = 30          # Days before their end from which metadata end soon
--
-- When the metadata of a SAML provider end, whoever signs in by it cannot any more, all on one day. Bring new ones in
-- time, or delete a provider that nobody misses. Metadata need not say when they end: then the row is `info`.

with dated as (
    select
        p.account_id, p.arn,
        days_between(as_of(), p.valid_until) as days_left
    from aws_iam_saml_provider as p
)

select
    t.arn as resource,
    unnest(case
        when t.days_left is null then info('The metadata do not say when they end.')
        when t.days_left < 0 then alarm(concat('The metadata ended ', in_days(-t.days_left), ' ago.'))
        when t.days_left < $days
            then alarm(concat('The metadata end in ', in_days(t.days_left), '; the limit is ', $days, '.'))
        else ok(concat('The metadata are good for ', in_days(t.days_left), '.'))
    end),
    t.account_id, 'global' as region
from dated as t
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
