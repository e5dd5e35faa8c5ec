-- title: Ensure customer managed policies do not use Allow with NotAction
-- kind: control
-- severity: medium
-- tags: policies, wildcards
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- Allow with NotAction allows every action that the statement does not list, including actions of services that AWS
-- adds later. Use Action. Deny with NotAction is a common way to restrict access and is not evaluated.

select r.* exclude (position)
from customer_policy_results(
    'uses Allow with NotAction', 'does not use Allow with NotAction',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where s.effect = 'Allow' and len(s.not_actions) > 0
    )
) as r
order by r.position, r.resource
