-- title: Ensure unattached customer managed policies do not allow full administrative privileges
-- kind: control
-- severity: medium
-- tags: policies, admin, cis_v1.2:1.22
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam get-policy-version --policy-arn {resource} --version-id VERSION_ID
-- remediation: aws iam list-policy-versions --policy-arn {resource}
-- remediation: # For each version that is not the default version: aws iam delete-policy-version --policy-arn {resource} --version-id VERSION_ID
-- remediation: aws iam delete-policy --policy-arn {resource}
--
-- Anyone who can attach policies can use an unattached policy with full administrative privileges to create an
-- administrator. Delete it. Attached policies are evaluated by `policy_no_full_admin`.

select
    p.arn as resource,
    unnest(case
        when p.document_id is null then unknown(iam_not_evaluated('the document of the policy', p.duplicate_key))
        when p.statements > 0 and p.is_attached is null
            then unknown('the policy allows full administrative privileges, and whether it is attached was not read.')
        when p.statements > 0 then alarm(concat(
            'The policy allows full administrative privileges', iam_statement_count_text(p.statements, p.unconditional)
        ))
        else ok('The policy does not allow full administrative privileges.')
    end),
    p.account_id, 'global' as region, p.policy_name
from customer_admin_policies() as p
where p.is_attached is not true
order by p.position, p.arn
