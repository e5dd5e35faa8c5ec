-- title: Ensure attached customer managed policies do not allow full administrative privileges
-- kind: control
-- severity: high
-- tags: policies, admin, cis_v1.2:1.22, cis_v3.0:1.16, cis_v7.0:2.14, fsbp:IAM.1, security_hub:IAM.1, config:iam-policy-no-statements-with-admin-access
-- remediation: aws iam generate-service-last-accessed-details --arn {resource} --granularity ACTION_LEVEL
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- A policy that allows all actions on all resources makes every principal that has it an administrator. Grant the
-- permissions that are used, or attach AdministratorAccess if the principal must be an administrator. Policies with
-- conditions are alarms too; the reason says if every statement has conditions. Unattached policies pass, and are
-- evaluated by `policy_no_full_admin_unattached`.

select
    p.arn as resource,
    unnest(case
        when p.document_id is null then unknown(iam_not_evaluated('the document of the policy', p.duplicate_key))
        when p.statements > 0 and p.is_attached is null
            then unknown('the policy allows full administrative privileges, and whether it is attached was not read.')
        when p.statements > 0 and not p.is_attached
            then ok('The policy allows full administrative privileges, but is not attached.')
        when p.statements > 0 then alarm(concat(
            'The policy allows full administrative privileges', iam_statement_count_text(p.statements, p.unconditional)
        ))
        else ok('The policy does not allow full administrative privileges.')
    end),
    p.account_id, 'global' as region, p.policy_name
from customer_admin_policies() as p
order by p.position, p.arn
