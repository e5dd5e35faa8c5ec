-- title: No customer policy in use allows everything
-- kind: control
-- severity: high
-- version: 1
-- tags: policies, admin, cis_v1.2:1.22, cis_v3.0:1.16, cis_v7.0:2.14, fsbp:IAM.1, security_hub:IAM.1, config:iam-policy-no-statements-with-admin-access
--
-- A policy that allows every action on every resource makes an administrator of whoever has it, and of whoever gets it
-- later. Give the permissions that are used, or attach AWS's AdministratorAccess where an administrator is meant, which
-- everyone recognises. Conditions do not make the policy pass: the reason says where each statement has some. One that
-- nobody has is ok here, and is judged by policy_no_full_admin_unattached.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources)
    group by s.document_id
)

select
    d.owner_arn as resource,
    case
        when d.document_id is null then 'error'
        when f.statements > 0 and d.is_attached is null then 'error'
        when f.statements > 0 and not d.is_attached then 'ok'
        when f.statements > 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when d.document_id is null then 'Unknown: the document of the policy was not read.'
        when f.statements > 0 and d.is_attached is null
            then 'Unknown: the policy allows everything, and whether anyone has it was not read.'
        when f.statements > 0 and not d.is_attached then 'The policy allows everything, but nobody has it.'
        when f.statements > 0 then concat(
            'The policy allows everything', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy does not allow everything.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
