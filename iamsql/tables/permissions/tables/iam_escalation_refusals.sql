-- Returns the steps that AWS would refuse, as the data shows: a quota of access keys, policy versions, attached policies or groups
-- is reached, a password exists, or MFA is required. Unread data refuses no step.
--   method: the method of the step
--   object: the user, role, group or policy whose state matters
--   condition: the state that has to change first
--   aid: the method that changes it (iam_escalation_aids)
--   resources: for free_membership, the groups; the aid changes one of them instead of `object`
--   is_final: without the aid the step is impossible; otherwise it can become possible at any time
--
-- The quotas are the defaults of the IAM User Guide ("IAM and AWS STS quotas"): 2 access keys, 5 versions, 10 groups, and 10
-- attached policies. An account can request up to 20 attached policies. Access keys and MFA come from the credential report.
-- returns: method VARCHAR, object VARCHAR, condition VARCHAR, aid VARCHAR, resources VARCHAR[], is_final BOOLEAN
create or replace macro iam_escalation_refusals() as table
-- The users, roles, groups and customer managed policies, with the numbers that quotas limit.
with quota_counts as materialized (
    select
        'user' as kind, u.arn, json_array_length(u.attached_policy_arns) as policies, json_array_length(u.groups) as group_count,
        case when json_array_length(u.groups) >= 10 then u.groups ->> '$[*].Arn' end as group_arns, u.access_keys, u.mfa_active,
        u.password_enabled, cast(null as bigint) as versions
    from aws_iam_user as u
    union all
    select 'role', r.arn, json_array_length(r.attached_policy_arns), null, null, null, null, null, null from aws_iam_role as r
    union all
    select 'group', g.arn, json_array_length(g.attached_policy_arns), null, null, null, null, null, null from aws_iam_group as g
    union all
    select 'policy', v.policy_arn, null, null, null, null, null, null, count(*)
    from aws_iam_policy_version as v
    where not v.is_aws_managed
    group by v.account_id, v.policy_arn
)

select r.refusal.method as method, r.arn as object, r.refusal.condition as condition, r.refusal.aid as aid,
    r.group_arns as resources, r.refusal.is_final as is_final
from (
    select s.arn, s.group_arns, unnest([
        case when s.access_keys >= 2 then {
            'method': 'create_access_key', 'condition': concat('quota of access keys: the user has ', s.access_keys),
            'aid': 'delete_access_key', 'is_final': false
        } end,
        case when s.mfa_active then {
            'method': 'update_login_profile', 'condition': 'MFA of the user', 'aid': 'deactivate_mfa_device', 'is_final': false
        } end,
        case when s.mfa_active then {
            'method': 'create_login_profile', 'condition': 'MFA of the user', 'aid': 'deactivate_mfa_device', 'is_final': false
        } end,
        case when s.password_enabled then {
            'method': 'create_login_profile', 'condition': 'the password of the user', 'aid': 'delete_login_profile', 'is_final': true
        } end,
        case when s.versions >= 5 then {
            'method': 'create_policy_version', 'condition': concat('quota of versions: the policy has ', s.versions),
            'aid': 'delete_policy_version', 'is_final': false
        } end,
        case when s.policies >= 10 then {
            'method': concat('attach_', s.kind, '_policy'),
            'condition': concat('quota of attached policies: the ', s.kind, ' has ', s.policies),
            'aid': concat('free_', s.kind, '_attachment'), 'is_final': false
        } end,
        case when s.group_count >= 10 then {
            'method': 'add_user_to_group', 'condition': concat('quota of groups: the user has ', s.group_count),
            'aid': 'free_membership', 'is_final': false
        } end
    ]) as refusal
    from quota_counts as s
) as r
where r.refusal is not null;
