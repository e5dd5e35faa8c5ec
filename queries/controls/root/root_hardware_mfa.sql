-- title: Ensure hardware MFA is enabled for the root user
-- kind: control
-- severity: high
-- version: 1
-- tags: root, mfa, cis_v1.2:1.14, cis_v3.0:1.6, cis_v7.0:2.6, fsbp:IAM.6, config:root-account-hardware-mfa-enabled
--
-- A virtual device is a secret on somebody's telephone: it can be copied, and goes when the telephone goes. Use a
-- security key or a token. AWS lists virtual devices alone, so that a root user with MFA that has none of them is
-- taken to have hardware; a passkey counts as that. One that has both kinds is an alarm, for the weaker one is enough
-- to sign in.

with virtual as (
    select distinct d.account_id
    from aws_iam_virtual_mfa_device as d
    where d."user" ->> '$.Arn' like '%:root'
)

select
    a.root_arn as resource,
    case
        when s.account_mfa_enabled is null then 'error'
        when s.account_mfa_enabled and v.account_id is null then 'ok'
        when not s.account_password_present and s.account_access_keys_present = 0 then 'skip'
        else 'alarm'
    end as status,
    case
        when s.account_mfa_enabled is null then 'Unknown: the account''s summary was not read.'
        when not s.account_mfa_enabled and not s.account_password_present and s.account_access_keys_present = 0
            then 'The root user has neither password nor access key.'
        when not s.account_mfa_enabled then 'The root user has no MFA.'
        when v.account_id is not null then 'The root user has a virtual MFA device.'
        else 'The root user has MFA, and no virtual device.'
    end as reason,
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
left join virtual as v on v.account_id = a.account_id
order by a.position, a.account_id
