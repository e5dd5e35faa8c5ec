-- title: IAM users without MFA
-- kind: report
-- severity: high
-- tags: mfa, cis_v3.0:1.10, fsbp:IAM.5, IAM.19
-- columns: account, user_name, mfa, has_password, password_last_used, active_keys
-- param: console_only boolean = false  # Exclude users that are known to have no password
-- remediation: aws iam create-virtual-mfa-device --virtual-mfa-device-name {user_name} --outfile mfa.png --bootstrap-method QRCodePNG
-- remediation: aws iam enable-mfa-device --user-name {user_name} --serial-number SERIAL_NUMBER --authentication-code1 CODE1 --authentication-code2 CODE2
-- remediation: # If the user does not need the console: aws iam delete-login-profile --user-name {user_name}
--
-- Returns IAM users without an MFA device, those who can sign in to the console first. A password alone can be
-- guessed, reused or phished. Assign a device to these users, or move them to single sign-on and delete the password.
-- `mfa` is `none`, or `unknown` where neither the credential report nor the devices of the user could be read;
-- `has_password` is NULL where it could not be read.

select
    u.account_id, a.name as account_name, u.name as user_name,
    case when u.mfa_enabled is null then 'unknown' else 'none' end as mfa,
    u.password_enabled as has_password, u.password_last_used,
    coalesce(k.active, case when c.is_complete = 1 then 0 end) as active_keys,
    days_between(u.create_date, o.as_of) as user_age_days,
    o.as_of
from aws_iam_user as u
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = u.account_id
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
left join account_calls('iam', ['ListAccessKeys']) as c on c.account_id = u.account_id
where
    u.mfa_enabled is not true
    and (not $console_only or u.password_enabled is not false)
order by
    case when u.password_enabled then 1 when u.password_enabled is null then 2 else 3 end,
    a.position, u.position, u.name
