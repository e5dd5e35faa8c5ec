-- title: Ensure roles with ReadOnlyAccess do not trust accounts outside the organization
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, data, third-party
-- param: inside boolean = false      # Whether accounts of the organization count too
--
-- AWS's ReadOnlyAccess reads data, not only settings: objects, tables, messages. A scanner that checks settings is well
-- served by SecurityAudit or ViewOnlyAccess. Only roles that have ReadOnlyAccess have a row; the public control of this
-- subject lists all other roles as skipped, has a row for each principal that it finds, and counts accounts of the
-- organization as strangers: `inside = true` counts them here. Service-linked roles and those of Identity Center have
-- no row: nobody changes their trust.

with readers as (
    select r.account_id, r.arn
    from aws_iam_role as r
    where list_contains(
        cast(r.attached_policy_arns as varchar[]),
        concat('arn:', split_part(r.arn, ':', 2), ':iam::aws:policy/ReadOnlyAccess')
    )
),

others as (
    select distinct p.account_id, p.arn, p.other, p.side
    from iam_trusted_accounts() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
    where p.other <> 'everyone' or len(iam_known_caller_keys(s.conditions)) = 0
),

found as (
    select
        e.account_id, e.arn,
        sum(case when d.side = 'outside' or $inside then 1 else 0 end) as bad,
        sum(case when d.side = 'unknown' then 1 else 0 end) as unknown,
        string_agg(case when d.side <> 'inside' or $inside then d.other end, ', ' order by d.other) as names
    from readers as e
    left join others as d on d.account_id = e.account_id and d.arn = e.arn
    group by e.account_id, e.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.names is not null and f.bad > 0
            then alarm(concat('ReadOnlyAccess is open to ', f.names, ' by the role.'))
        when f.unknown > 0 then unknown(concat('whether ', f.names, ' is of the organization was not read.'))
        else ok('The role gives ReadOnlyAccess to no account outside the organization.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where f.arn is not null
order by a.position, t.arn
