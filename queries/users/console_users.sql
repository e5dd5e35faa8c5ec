-- title: IAM users with a console password
-- kind: report
-- severity: medium
-- tags: passwords, mfa, cis_v3.0:1.10
-- columns: account, user_name, password, mfa, sign_in, last_sign_in
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: aws iam list-mfa-devices --user-name {user_name}
-- remediation: # If the user does not need the console: aws iam delete-login-profile --user-name {user_name}
--
-- Returns every IAM user that has a console password, with MFA and the last sign-in. People are better managed
-- centrally through single sign-on; each row is a password outside of it. `password` is `set`, or `unknown` where it
-- could not be read. `mfa` is `virtual`, `security key`, `hardware`, `hardware or passkey` (MFA is enabled, and the
-- list of virtual devices of the account contains none of the user), `on`, `none` or `unknown`. `sign_in` is `signed
-- in`, `never` or `unknown`. Delete the passwords of users who never sign in, and assign MFA devices to the others.

with users as (
    select
        u.account_id, u.position as user_position, u.name as user_name, u.create_date,
        u.password_enabled as has_password,
        coalesce(r.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz)) as changed,
        u.password_last_used as signed_in,
        r.user_name is not null or l.is_read = 1 as sign_in_known,
        u.mfa_enabled as has_mfa,
        u.mfa_devices ->> '$[0].SerialNumber' as first_device,
        d.is_read = 1 as virtual_known
    from aws_iam_user as u
    left join aws_iam_credential_report as r on r.account_id = u.account_id and r.user_name = u.name
    left join account_calls('iam', ['ListUsers']) as l on l.account_id = u.account_id
    left join account_calls('iam', ['ListVirtualMFADevices']) as d on d.account_id = u.account_id
)

select
    u.account_id, a.name as account_name, u.user_name,
    case when u.has_password then 'set' else 'unknown' end as password,
    u.changed as password_last_changed,
    days_between(u.changed, o.as_of) as password_age_days,
    case
        when u.first_device like '%:mfa/%' then 'virtual'
        when u.first_device like '%:u2f/%' then 'security key'
        when u.first_device is not null then 'hardware'
        when u.has_mfa then case when u.virtual_known then 'hardware or passkey' else 'on' end
        when not u.has_mfa then 'none'
        else 'unknown'
    end as mfa,
    case when u.signed_in is not null then 'signed in' when u.sign_in_known then 'never' else 'unknown' end as sign_in,
    u.signed_in as last_sign_in,
    days_between(u.signed_in, o.as_of) as last_sign_in_days,
    days_between(u.create_date, o.as_of) as user_age_days,
    o.as_of
from users as u
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = u.account_id
where u.has_password or u.has_password is null
order by a.position, u.user_position, u.user_name
