-- title: Ensure policies of secrets deny access from outside the organization
-- kind: control
-- severity: low
-- tags: resource-policies, secrets, data-perimeter
-- resource_types: secret
-- remediation: aws secretsmanager get-resource-policy --secret-id {resource} --region {region}
-- remediation: aws secretsmanager put-resource-policy --secret-id {resource} --region {region} --resource-policy file://policy.json --block-public-policy
--
-- Without a policy, every principal of the account with secretsmanager:GetSecretValue on all resources can read the
-- secret, and a statement that somebody adds later can let others in. A statement that denies everyone but the
-- organization, or but listed principals, holds whatever other policies allow: a Deny with one condition that names the
-- known callers, such as StringNotEquals on aws:PrincipalOrgID or ArnNotEquals on aws:PrincipalArn. All callers that it
-- names must be in the organization. Resource control policies can do the same for all secrets.

with denials as (
    select
        r.account_id, r.arn,
        [['*']] || iam_deny_restrictions(
            list(iam_denial(
                s.principals, s.not_principals, s.conditions, s.action_likes, s.actions is not null, s.resource_likes
            ) order by s.number),
            '*', '*', ['secretsmanager:getsecretvalue'], [r.arn], true, 'unsigned'
        ) as restrictions
    from aws_resource_policy as r
    inner join aws_iam_statement as s on s.document_id = r.document_id
    where r.resource_type = 'secret' and s.effect = 'Deny' and s.not_resources is null
    group by r.account_id, r.arn
),

denied_callers as (
    select d.account_id, d.arn, c.side, c.parties
    from denials as d
    inner join iam_caller_sides((select list(n) from (select e.account_id, e.restrictions from denials as e) as n), []) as c
        on c.account_id = d.account_id and c.restrictions = d.restrictions
)

select
    r.arn as resource,
    unnest(case
        when r.policy_status = 'unread' then unknown(iam_not_evaluated('the policy of the secret', r.duplicate_key))
        when r.policy_status = 'none' then alarm('The secret has no policy.')
        when d.side in ('nobody', 'own account', 'own organization')
            then ok('The policy of the secret denies access to all but known callers.')
        when d.side = 'unknown' then unknown(concat(
            'whether the organization contains ', d.parties, ', which the policy of the secret does not deny, was not read.'
        ))
        when d.side = 'outsider' then alarm(concat('The policy of the secret denies access to all but ', d.parties, '.'))
        else alarm('The policy of the secret does not deny access to all but known callers.')
    end),
    r.account_id, r.region
from aws_resource_policy as r
left join denied_callers as d on d.account_id = r.account_id and d.arn = r.arn
where r.resource_type = 'secret'
order by account_position(r.account_id), r.arn
