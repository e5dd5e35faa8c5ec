-- title: Ensure organizational units are structured by the function of accounts
-- kind: control
-- severity: low
-- version: 1
-- tags: organization, manual, cis_v7.0:2.1.4
--
-- Units carry the guardrails, so that they should follow what accounts are for (security, infrastructure, production,
-- tests), not the chart of departments. Only a person can say whether they do: the row lists each unit with the number
-- of accounts right in it.

with held as (
    select
        u.path, u.name,
        count(o.id) as accounts
    from aws_organizations_organizational_unit as u
    left join aws_organizations_account as o on o.parent_id = u.id
    group by u.path, u.name
),

shown as (
    select string_agg(concat(h.name, ' (', h.accounts, ')'), ', ' order by h.path) as units
    from held as h
)

select
    concat('arn:', r."partition", ':::', r.management_account_id) as resource,
    unnest(case
        when s.units is null then alarm('The organization has no units.')
        else info(concat('Look whether they are by purpose: ', s.units, '.'))
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
left join shown as s on true
where r.management_account_id is not null
order by r.management_account_id
