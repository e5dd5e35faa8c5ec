-- title: Ensure MFA is enabled for all IAM users that have a console password
-- kind: control
-- severity: high
-- version: 1
-- tags: mfa, users, cis_v1.2:1.2, cis_v3.0:1.10, cis_v7.0:2.10, fsbp:IAM.5, config:mfa-enabled-for-iam-console-access
--
-- A password alone is guessed, reused or phished; MFA stops that. Give the user a device, or let people in by Identity
-- Center and delete the password. Who has no password makes a `skip` row. `users_without_mfa` lists them all, with
-- their last sign-in.

select
    u.arn as resource,
    unnest(case
        when u.password_enabled is null then unknown('whether the user has a password could not be read.')
        when not u.password_enabled then skip('The user has no password.')
        when u.mfa_enabled is null then unknown('the user''s MFA devices could not be read.')
        when u.mfa_enabled then ok('The user has a password and MFA.')
        else alarm('The user has a password and no MFA.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
