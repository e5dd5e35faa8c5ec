-- title: Ensure every SAML provider is trusted by a role
-- kind: control
-- severity: low
-- version: 1
-- tags: federation, saml, leftovers
--
-- A provider that no role trusts lets nobody in, and waits for somebody to write a role for it. Delete it. Where an
-- account's roles or the trust of one were not read, it is unknown.

with answers as (
    select c.account_id, count(*) as calls
    from iamsql.coverage as c
    where
        c.service = 'iam'
        and c.operation in ('GetAccountAuthorizationDetails', 'ListRoles')
        and c.status = 'ok'
    group by c.account_id
),

unread as (
    select r.account_id, count(*) as roles
    from aws_iam_role as r
    where r.assume_role_policy is null
    group by r.account_id
),

named as (
    select
        d.account_id, d.owner_arn,
        unnest([who_."value" for who_ in s.principals if who_."type" = 'Federated']) as provider
    from aws_iam_document as d
    inner join aws_iam_statement as s on s.document_id = d.document_id
    where d.source = 'trust' and s.effect = 'Allow'
),

used as (
    select
        n.account_id, n.provider,
        count(distinct n.owner_arn) as roles
    from named as n
    group by n.account_id, n.provider
)

select
    p.arn as resource,
    unnest(case
        when u.roles = 1 then ok('One role trusts the provider.')
        when u.roles > 1 then ok(concat(u.roles, ' roles trust the provider.'))
        when w.calls is null or x.roles > 0 then unknown('the trust of all roles of the account was not read.')
        else alarm('No role trusts the provider.')
    end),
    p.account_id, 'global' as region
from aws_iam_saml_provider as p
left join used as u on u.account_id = p.account_id and u.provider = p.arn
left join answers as w on w.account_id = p.account_id
left join unread as x on x.account_id = p.account_id
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
