-- title: Ensure roles with full administrative privileges do not trust accounts outside the organization
-- kind: control
-- severity: high
-- tags: roles, admin, trust
-- param: in_organization boolean = false  # Also report trust in other accounts of the organization
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
-- remediation: aws iam detach-role-policy --role-name {resource:name} --policy-arn POLICY_ARN
--
-- An administrator role that trusts another account is only as secure as that account. Restrict the trust policy, or
-- grant fewer permissions. By default, other accounts of the organization may be trusted, because AWS Organizations
-- creates such roles (OrganizationAccountAccessRole). Roles with a permissions boundary that does not allow full
-- administrative privileges pass. If a role trusts everyone, the control evaluates the accounts and organizations in
-- the conditions, or everyone if the conditions name none. Only roles that trust another account are evaluated, except
-- service-linked roles and roles of IAM Identity Center.

with trusted_accounts as (
    select distinct a.account_id, a.arn, a.other, a.side
    from iam_trusted_accounts() as a
),

roles as (
    select
        t.account_id, t.arn,
        max(p.policies) as policies, max(p.unsure) as unsure, max(p.unread) as unread,
        count(case when t.side in ('outsider', 'everyone') or $in_organization then 1 end) as denied,
        count(case when t.side = 'unknown' then 1 end) as unknown,
        string_agg(case when t.side <> 'own organization' or $in_organization then t.other end, ', ' order by t.other) as names
    from trusted_accounts as t
    left join iam_role_admin_policies() as p on p.account_id = t.account_id and p.arn = t.arn
    group by t.account_id, t.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown(iam_not_evaluated('the trust policy of the role', t.duplicate_key))
        when r.policies is not null and r.unsure = 1 and r.denied > 0 then unknown(concat(
            r.policies, ' allows full administrative privileges, and the permissions boundary of the role was not read.'
        ))
        when r.policies is not null and r.denied > 0 then alarm(concat(
            'The role trusts ', r.names, ' and has full administrative privileges through ', r.policies, '.'
        ))
        when r.policies is not null and r.unknown > 0
            then unknown(concat('whether the organization contains ', r.names, ', which the role trusts, was not read.'))
        when r.unread = 1 and r.policies is null and r.denied + r.unknown > 0
            then unknown('the document of a policy of the role was not read.')
        when r.policies is not null
            then ok('The role has full administrative privileges and trusts only accounts of the organization.')
        else ok('The role does not have full administrative privileges.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join roles as r on r.account_id = t.account_id and r.arn = t.arn
where t.document_id is null or r.arn is not null
order by account_position(t.account_id), t.arn
