-- title: Ensure customer managed policies have no unused versions
-- kind: control
-- severity: low
-- tags: policies, privilege-escalation
-- param: max_versions integer = 0  # Maximum number of nondefault versions
-- remediation: aws iam list-policy-versions --policy-arn {resource}
-- remediation: aws iam get-policy-version --policy-arn {resource} --version-id VERSION_ID
-- remediation: aws iam delete-policy-version --policy-arn {resource} --version-id VERSION_ID
--
-- An old version often grants more permissions than the default version, and anyone with iam:SetDefaultPolicyVersion
-- can restore it. Delete old versions when a change is proven. If GetAccountAuthorizationDetails was denied, only the
-- default version is known.

with versions as (
    select
        v.account_id, v.policy_arn,
        sum(case when v.is_default_version then 0 else 1 end) as nondefault
    from aws_iam_policy_version as v
    where not v.is_aws_managed
    group by v.account_id, v.policy_arn
)

select
    p.arn as resource,
    unnest(case
        when v.nondefault > 0 then alarm_if(v.nondefault > $max_versions, concat(
            'The policy has ', pluralize(v.nondefault, 'nondefault version', 'nondefault versions'),
            '; the maximum is ', $max_versions, '.'
        ))
        when v.nondefault is null or (p._ctx ->> '$.source') = 'iam:ListPolicies'
            then unknown('the versions of the policy were not read.')
        else ok('The policy has no nondefault versions.')
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_iam_policy as p
left join versions as v on v.account_id = p.account_id and v.policy_arn = p.arn
where not p.is_aws_managed
order by account_position(p.account_id), p.arn
