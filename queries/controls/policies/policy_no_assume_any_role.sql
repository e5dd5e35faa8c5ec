-- title: Ensure customer managed policies do not allow all roles to be assumed
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, privilege-escalation
--
-- sts:AssumeRole on every role opens all roles, here and in other accounts, that trust this account as a whole. Name
-- the roles. The public control of this subject compares the action letter by letter, so that sts:AssumeRole in the
-- spelling that everyone uses is never found, and knows the resource * alone: here every pattern that reaches the
-- action counts, and NotAction, and every pattern for all roles of an account, and NotResource.

select r.* exclude (position)
from customer_policy_results(
    'lets every role be assumed', 'does not let every role be assumed',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_matches_action(s.action_likes, s.actions is not null, 'sts:AssumeRole')
            and (iam_every_role(s.resources) or not iam_every_role(s.not_resources))
    )
) as r
order by r.position, r.resource
