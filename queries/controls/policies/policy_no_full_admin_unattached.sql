-- title: Ensure unattached customer managed policies do not allow full administrative privileges
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, admin
--
-- A policy that allows everything and that nobody has is one attachment away from an administrator: whoever may
-- attach policies finds it ready. Delete it. Policies that somebody has are evaluated by policy_no_full_admin.

select
    p.arn as resource,
    unnest(case
        when p.document_id is null then unknown('the document of the policy was not read.')
        when p.statements > 0 and p.is_attached is null
            then unknown('the policy allows everything, and whether anyone has it was not read.')
        when p.statements > 0 then alarm(concat(
            'The policy allows everything', iam_statement_count_text(p.statements, p.unconditional)
        ))
        else ok('The policy does not allow everything.')
    end),
    p.account_id, 'global' as region, p.policy_name
from customer_admin_policies() as p
where p.is_attached is not true
order by p.position, p.arn
