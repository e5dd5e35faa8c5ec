-- title: Ensure customer managed policies do not allow all actions of a service
-- kind: control
-- severity: low
-- tags: policies, wildcards, fsbp:IAM.21, security_hub:IAM.21, config:iam-policy-no-statements-with-full-access
-- remediation: aws iam generate-service-last-accessed-details --arn {resource} --granularity ACTION_LEVEL
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- `service:*` allows every action of a service, including actions that AWS adds later. Specify the actions that are
-- used; last accessed information shows them. The resources of the statement are not evaluated.

select r.* exclude (position)
from customer_policy_results(
    'allows all actions of a service', 'does not allow all actions of a service',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and len([1 for action_ in s.actions if ends_with(action_, ':*') or action_ = '*']) > 0
    )
) as r
order by r.position, r.resource
