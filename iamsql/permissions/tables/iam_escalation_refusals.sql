-- The steps that AWS would refuse, as the data shows: the quota of access keys, policy versions, attached policies or groups is
-- reached, a password exists, or MFA is required. `method` is the method of the step, `object` the user, role, group or policy
-- whose state matters, and `condition` says what has to change first. The method `aid` (iam_escalation_aids), on one of the
-- `resources`, changes it. `is_final`: without the aid the step is impossible; otherwise it can become possible at any time.
-- What was not read refuses nothing.
--
-- The quotas are the defaults of the IAM User Guide ("IAM and AWS STS quotas"): 2 access keys, 5 versions, 10 groups, and 10
-- attached policies, of which an account can request 20. Access keys and MFA are those of the credential report.
-- gives: method VARCHAR, object VARCHAR, condition VARCHAR, aid VARCHAR, resources VARCHAR[], is_final BOOLEAN
create or replace macro iam_escalation_refusals() as table
select
    'create_access_key' as method, u.arn as object, concat('quota of access keys: the user has ', u.access_keys) as condition,
    'delete_access_key' as aid, [u.arn] as resources, false as is_final
from aws_iam_user as u where u.access_keys >= 2
union all
select m.method, u.arn, 'MFA of the user', 'deactivate_mfa_device', [u.arn], false
from aws_iam_user as u cross join (select unnest(['update_login_profile', 'create_login_profile']) as method) as m
where u.mfa_active
union all
select 'create_login_profile', u.arn, 'the password of the user', 'delete_login_profile', [u.arn], true
from aws_iam_user as u where u.password_enabled
union all
select
    'create_policy_version', v.policy_arn, concat('quota of versions: the policy has ', count(*)), 'delete_policy_version',
    [v.policy_arn], false
from aws_iam_policy_version as v
where not v.is_aws_managed
group by v.account_id, v.policy_arn
having count(*) >= 5
union all
select
    concat('attach_', e.kind, '_policy'), e.arn, concat('quota of attached policies: the ', e.kind, ' has ', e.policies),
    concat('free_', e.kind, '_attachment'), [e.arn], false
from (
    select 'user' as kind, u.arn, json_array_length(u.attached_policy_arns) as policies from aws_iam_user as u
    union all
    select 'role', r.arn, json_array_length(r.attached_policy_arns) from aws_iam_role as r
    union all
    select 'group', g.arn, json_array_length(g.attached_policy_arns) from aws_iam_group as g
) as e
where e.policies >= 10
union all
select
    'add_user_to_group', u.arn, concat('quota of groups: the user has ', json_array_length(u.groups)), 'free_membership',
    u.groups ->> '$[*].Arn', false
from aws_iam_user as u
where json_array_length(u.groups) >= 10;
