-- title: Ensure roles with ReadOnlyAccess do not trust accounts outside the organization
-- kind: control
-- severity: medium
-- tags: roles, trust, data, third-party
-- param: in_organization boolean = false  # Also report trust in other accounts of the organization
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: aws iam attach-role-policy --role-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/SecurityAudit
-- remediation: aws iam detach-role-policy --role-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/ReadOnlyAccess
--
-- ReadOnlyAccess allows access to data in objects, tables and messages, and not only to settings. Attach SecurityAudit
-- or ViewOnlyAccess for tools that evaluate settings. Only roles with ReadOnlyAccess are evaluated, except
-- service-linked roles and roles of IAM Identity Center. The Powerpipe control skips other roles, has a row for each
-- trusted principal, and also reports accounts of the organization, as `in_organization = true` does here.

with readers as (
    select r.account_id, r.arn
    from aws_iam_role as r
    where list_contains(
        cast(r.attached_policy_arns as varchar[]),
        concat('arn:', split_part(r.arn, ':', 2), ':iam::aws:policy/ReadOnlyAccess')
    )
),

trusted_accounts as (
    select distinct a.account_id, a.arn, a.other, a.side
    from iam_trusted_accounts() as a
),

roles as (
    select
        r.account_id, r.arn,
        count(case when a.side in ('outsider', 'everyone') or $in_organization then 1 end) as denied,
        count(case when a.side = 'unknown' then 1 end) as unknown,
        string_agg(case when a.side <> 'own organization' or $in_organization then a.other end, ', ' order by a.other) as names
    from readers as r
    left join trusted_accounts as a on a.account_id = r.account_id and a.arn = r.arn
    group by r.account_id, r.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown(iam_not_evaluated('the trust policy of the role', t.duplicate_key))
        when r.names is not null and r.denied > 0
            then alarm(concat('The role has ReadOnlyAccess and trusts other accounts: ', r.names, '.'))
        when r.unknown > 0 then unknown(concat('whether the organization contains ', r.names, ' was not read.'))
        else ok('The role has ReadOnlyAccess and trusts no account outside the organization.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
inner join roles as r on r.account_id = t.account_id and r.arn = t.arn
order by account_position(t.account_id), t.arn
