-- title: Ensure MFA is enabled for all IAM users
-- kind: control
-- severity: medium
-- version: 1
-- tags: mfa, users, security_hub:IAM.19, config:iam-user-mfa-enabled
--
-- Stricter than `user_console_mfa`: users without a password count too, for keys can be held to MFA by a condition and
-- a password is soon set. The public control of this subject counts the root user among the users; here that is
-- `root_mfa`.

select
    u.arn as resource,
    unnest(case
        when u.mfa_enabled is null then unknown('the user''s MFA devices could not be read.')
        when u.mfa_enabled then ok('The user has MFA.')
        else alarm('The user has no MFA.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
