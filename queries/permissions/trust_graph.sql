-- title: Principals in the trust policy of each role
-- kind: report
-- severity: info
-- tags: permissions, roles, trust
-- columns: account, role_name, effect, kind, principal, requirements
-- remediation: iamsql query who_can_assume --arg role={role_arn}
-- remediation: aws iam get-role --role-name {role_name}
-- remediation: aws iam update-assume-role-policy --role-name {role_name} --policy-document file://trust-policy.json
--
-- Returns one row for each role, statement of its trust policy, and principal in the statement. `kind` is:
--
-- `same_account`: the account of the role, or a user or role of it.
-- `organization`: another account of the organization.
-- `outside`: an account outside the organization.
-- `unknown`: another account, if the accounts of the organization were not read; or an unread trust policy.
-- `service`: an AWS service.
-- `federated`: an identity provider.
-- `anyone`: everyone (* and NotPrincipal).
-- `deleted`: the ID of a deleted user or role.
--
-- `requirements` summarizes what the conditions require of callers, and `conditions` lists all of them. A principal of
-- another account also needs a policy of its own that allows the call. A role whose trust policy was not read has one
-- row without a principal. Review the kinds anyone, outside, deleted and unknown first; `external_trust` rates them.

with unread_trusts as (
    select r.account_id, r.arn as role_arn, r.name as role_name
    from aws_iam_role as r
    left join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    where d.document_id is null
),

edges as (
    select
        e.account_id, e.role_arn, e.role_name, e.number,
        case when e.is_not = 1 then concat('everyone but ', e.who."value") else e.who."value" end as principal,
        e.other, e.kind, e.effect,
        nullif(iam_condition_text(e.conditions), '') as conditions,
        nullif(concat_ws(
            ', ',
            case when len(iam_restricting_keys(e.conditions, ['sts:externalid'])) > 0 then 'external ID' end,
            case
                when len(iam_restricting_keys(e.conditions, ['aws:multifactorauthpresent', 'aws:multifactorauthage'])) > 0 then 'MFA'
            end,
            case when e.kind = 'anyone' and e.side in ('nobody', 'own account', 'own organization') then 'known callers' end,
            case
                when len(iam_restricting_keys(
                    e.conditions, ['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths']
                )) > 0
                    then 'known source'
            end,
            case when len([1 for condition_ in e.conditions if ends_with(condition_.key, ':sub')]) > 0 then 'subject' end,
            case when len([1 for condition_ in e.conditions if ends_with(condition_.key, ':aud')]) > 0 then 'audience' end,
            case
                when len(iam_restricting_keys(e.conditions, ['aws:sourceip', 'aws:sourcevpc', 'aws:sourcevpce'])) > 0 then 'address'
            end
        ), '') as requirements
    from trust_edges() as e
    union all
    select
        u.account_id, u.role_arn, u.role_name, null as number, null as principal, null as other, 'unknown' as kind,
        null as effect, null as conditions, null as requirements
    from unread_trusts as u
)

select
    e.account_id, a.name as account_name, e.role_arn, e.role_name, e.principal, e.other as principal_account_id,
    b.name as principal_account_name, e.kind, e.effect, e.requirements, e.conditions
from edges as e
left join iamsql.accounts as a on a.account_id = e.account_id
left join iamsql.accounts as b on b.account_id = e.other
order by a.position, e.role_arn, e.number, e.principal
