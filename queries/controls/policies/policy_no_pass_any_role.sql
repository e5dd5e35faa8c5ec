-- title: Ensure customer managed policies do not allow all roles to be passed
-- kind: control
-- severity: high
-- version: 1
-- tags: policies, privilege-escalation
--
-- Whoever may pass every role to a service, and start something there, acts with the strongest role of the account.
-- Name the roles in Resource, and the services in the condition iam:PassedToService. That condition alone does not make
-- the policy pass: any role can still be had, by way of that service.

select r.* exclude (position)
from customer_policy_results(
    'lets every role be passed', 'does not let every role be passed',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_matches_action(s.action_likes, s.actions is not null, 'iam:PassRole')
            and (iam_every_role(s.resources) or not iam_every_role(s.not_resources))
    )
) as r
order by r.position, r.resource
