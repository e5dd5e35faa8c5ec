-- title: Ensure attached customer managed policies do not allow full administrative privileges
-- kind: control
-- severity: high
-- version: 1
-- tags: policies, admin, cis_v1.2:1.22, cis_v3.0:1.16, cis_v7.0:2.14, fsbp:IAM.1, security_hub:IAM.1, config:iam-policy-no-statements-with-admin-access
--
-- A policy that allows every action on every resource makes an administrator of whoever has it, and of whoever gets
-- it later. Give the permissions that are used, or attach AWS's AdministratorAccess where an administrator is meant,
-- which everyone recognises. Conditions do not make the policy pass: the reason says where each statement has some.
-- One that nobody has is ok here, and is evaluated by policy_no_full_admin_unattached.

select
    p.arn as resource,
    unnest(case
        when p.document_id is null then unknown('the document of the policy was not read.')
        when p.statements > 0 and p.is_attached is null
            then unknown('the policy allows everything, and whether anyone has it was not read.')
        when p.statements > 0 and not p.is_attached then ok('The policy allows everything, but nobody has it.')
        when p.statements > 0 then alarm(concat(
            'The policy allows everything', iam_statement_count_text(p.statements, p.unconditional)
        ))
        else ok('The policy does not allow everything.')
    end),
    p.account_id, 'global' as region, p.policy_name
from customer_admin_policies() as p
order by p.position, p.arn
