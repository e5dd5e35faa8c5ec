-- title: Ensure roles for OpenID Connect providers restrict the audience
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, federation, oidc
--
-- A token names its audience. Without a condition on it (PROVIDER:aud) the role takes tokens that were given for
-- something else, as far as the provider in IAM lets their audience in. For Cognito the audience is the identity pool:
-- without it any pool of any account gets in. Only roles that trust such a provider have a row. Service-linked roles
-- and those of Identity Center have no row: nobody changes their trust.

select r.* exclude (position)
from role_trust_results(
    'The role takes tokens of {} for any audience that IAM lets in.', 'The role says for whom the token has to be.',
    (
        select list({
            'account_id': g.account_id, 'arn': g.arn,
            'open_to': case when len(iam_restricting_keys(g.conditions, [g.provider || ':aud'])) = 0 then g.provider end
        })
        from oidc_logins() as g
    )
) as r
order by r.position, r.resource
