-- title: Ensure policies of secrets deny access from outside the organization
-- kind: control
-- severity: low
-- tags: resource-policies, secrets, data-perimeter
-- resource_types: secret
-- fix: aws secretsmanager get-resource-policy --secret-id {resource} --region {region}
-- fix: aws secretsmanager put-resource-policy --secret-id {resource} --region {region} --resource-policy file://policy.json --block-public-policy
--
-- Without a policy, every principal of the account with secretsmanager:GetSecretValue on all resources can read the secret,
-- and a statement that somebody adds later can let others in. A statement that denies everyone but the organization, or
-- but listed principals, holds whatever other policies allow: a Deny with one condition that names the known callers, such
-- as StringNotEquals on aws:PrincipalOrgID or ArnNotEquals on aws:PrincipalArn. Resource control policies can do the same
-- for all secrets.

with denials as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Deny'
        and iam_matches_action(s.action_likes, s.actions is not null, 'secretsmanager:GetSecretValue')
        and (
            s.not_principals is not null
            or (
                len([1 for principal_ in s.principals if iam_is_anyone(principal_."type", principal_."value")]) > 0
                and iam_denies_outsiders(s.conditions)
            )
        )
)

select
    r.arn as resource,
    unnest(case
        when r.policy_status = 'unread' then unknown('the policy of the secret was not read.')
        when r.policy_status = 'none' then alarm('The secret has no policy.')
        when d.document_id is not null then ok('The policy of the secret denies access to all but known callers.')
        else alarm('The policy of the secret does not deny access to all but known callers.')
    end),
    r.account_id, r.region
from aws_resource_policy as r
left join denials as d on d.document_id = r.document_id
where r.resource_type = 'secret'
order by account_position(r.account_id), r.arn
