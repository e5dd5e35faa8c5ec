-- title: Ensure role trust policies do not allow all principals
-- kind: control
-- severity: critical
-- tags: roles, trust, exposure
-- fix: iamsql query role_assumptions
-- fix: aws iam get-role --role-name {resource:name}
-- fix: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- Any AWS account can assume a role that trusts all principals. Specify the trusted principals. Allow with NotPrincipal
-- counts as all principals. Roles with a condition that restricts callers to known accounts or organizations pass
-- (aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalAccount, aws:UserId, or aws:PrincipalArn with an account),
-- as do roles with a Deny for all other callers; an external ID or IP address is not enough. Service-linked roles and
-- roles of IAM Identity Center are not evaluated.

with roles as (
    select
        t.account_id, t.arn,
        max(d.document_id) as denial,
        sum(case when len(iam_known_caller_keys(s.conditions)) = 0 then 1 else 0 end) as unrestricted,
        string_agg(array_to_string(iam_known_caller_keys(s.conditions), ', '), ', ' order by s.number) as restrictions,
        string_agg(
            case when len(iam_known_caller_keys(s.conditions)) = 0 then iam_condition_text(s.conditions) end, '; '
            order by s.number
        ) as conditions
    from iam_role_trust_policies() as t
    inner join aws_iam_statement as s on s.document_id = t.document_id
    left join trust_denials() as d on d.document_id = t.document_id
    where
        s.effect = 'Allow'
        and iam_allows_assume_role(s.action_likes, s.actions is not null)
        and (
            len([1 for who_ in s.principals if iam_is_anyone(who_."type", who_."value")]) > 0
            or len(s.not_principals) > 0
        )
    group by t.account_id, t.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the trust policy of the role was not read.')
        when r.unrestricted > 0 and r.denial is not null
            then ok('The role trusts all principals, with a Deny for all but known callers.')
        when r.unrestricted > 0 and coalesce(r.conditions, '') = ''
            then alarm('The role trusts all principals without a condition.')
        when r.unrestricted > 0
            then alarm(concat('The role trusts all principals with the condition ', r.conditions, '.'))
        when r.arn is not null then ok(concat('The role trusts all principals that match ', r.restrictions, '.'))
        else ok('The role does not trust all principals.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join roles as r on r.account_id = t.account_id and r.arn = t.arn
order by account_position(t.account_id), t.arn
