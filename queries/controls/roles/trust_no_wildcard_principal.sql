-- title: Ensure role trust policies do not allow all principals
-- kind: control
-- severity: critical
-- version: 1
-- tags: roles, trust, exposure
--
-- A role that trusts everyone can be assumed from any AWS account in the world. Name who may. NotPrincipal in an Allow
-- is everyone but some. A condition that holds callers to known accounts or organizations makes the role pass
-- (aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalAccount, aws:UserId, or aws:PrincipalArn with the account in
-- it); an external id or an address does not. Nor is there an alarm where a Deny bars all other callers. Service-linked
-- roles and those of Identity Center have no row: nobody changes their trust.

with barred as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Deny'
        and iam_matches_action(s.action_likes, s.actions is not null, 'sts:AssumeRole')
        and len([1 for who_ in s.principals if iam_is_anyone(who_."type", who_."value")]) > 0
        and iam_denies_unknown_callers(s.conditions)
),

found as (
    select
        t.account_id, t.arn,
        max(b.document_id) as barred,
        sum(case when len(iam_known_caller_keys(s.conditions)) = 0 then 1 else 0 end) as unguarded,
        string_agg(array_to_string(iam_known_caller_keys(s.conditions), ', '), ', ' order by s.number) as guards,
        string_agg(
            case when len(iam_known_caller_keys(s.conditions)) = 0 then iam_condition_text(s.conditions) end, '; '
            order by s.number
        ) as words
    from iam_role_trust_policies() as t
    inner join aws_iam_statement as s on s.document_id = t.document_id
    left join barred as b on b.document_id = t.document_id
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
        when t.document_id is null then unknown('the trust of the role was not read.')
        when f.unguarded > 0 and f.barred is not null
            then ok('The role trusts everyone, and a Deny bars all but known callers.')
        when f.unguarded > 0 and coalesce(f.words, '') = ''
            then alarm('Everyone may assume the role, without a condition.')
        when f.unguarded > 0 then alarm(concat('Everyone may assume the role where ', f.words, '.'))
        when f.arn is not null then ok(concat('The role trusts everyone, held to known callers by ', f.guards, '.'))
        else ok('The role names whom it trusts.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
