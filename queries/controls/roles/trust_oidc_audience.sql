-- title: Ensure roles for OpenID Connect providers restrict the audience
-- kind: control
-- severity: medium
-- tags: roles, trust, federation, oidc
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: # In trust-policy.json, add the condition StringEquals PROVIDER:aud with the audience of the tokens.
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- Without a condition on the audience (PROVIDER:aud), the role accepts tokens that were issued for other services, if
-- the IAM provider accepts their audience. For Amazon Cognito the audience is the identity pool: without the condition,
-- the role accepts any pool of any account. Add the condition. Only roles that trust such a provider are evaluated,
-- except service-linked roles and roles of IAM Identity Center.

select r.* exclude (position)
from role_trust_results(
    'The role accepts tokens of {} without a condition on the audience.', 'The role restricts the audience of tokens.',
    (
        select list({
            'account_id': l.account_id, 'arn': l.arn,
            'open_to': case when len(iam_restricting_keys(l.conditions, [l.provider || ':aud'])) = 0 then l.provider end
        })
        from oidc_logins() as l
    )
) as r
order by r.position, r.resource
