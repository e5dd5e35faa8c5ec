-- title: Ensure hardware MFA or a passkey is enabled for all IAM users
-- kind: control
-- severity: low
-- version: 1
-- tags: mfa, users
--
-- A code that is typed in can be phished; a security key or passkey cannot, for it answers the true address alone. AWS
-- lists virtual devices only, so that a user with MFA who has none of them is taken to have hardware or a passkey. Who
-- has no MFA makes a `skip` row: see `user_mfa`.

with virtual as (
    select distinct d.account_id, d.user_name
    from aws_iam_virtual_mfa_device as d
    where d.user_name is not null
)

select
    u.arn as resource,
    unnest(case
        when u.mfa_enabled is null then unknown('the user''s MFA devices could not be read.')
        when not u.mfa_enabled then skip('The user has no MFA.')
        when v.account_id is not null then alarm('The user has a virtual MFA device.')
        else ok('The user has MFA, and no virtual device.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join virtual as v on v.account_id = u.account_id and v.user_name = u.name
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
