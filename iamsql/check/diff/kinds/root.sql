-- about: The root user of an account: MFA, access keys, password, and each use of the credentials.
-- depends on: aws_iam_account_summary iam:GetAccountSummary
-- column depends on: password_last_used key_1_last_used key_2_last_used key_1_active key_2_active aws_iam_credential_report iam:GetCredentialReport
-- null is unknown: password_present mfa_enabled access_keys key_1_active key_2_active
-- every use: password_last_used key_1_last_used key_2_last_used
-- only: changed
-- Every use is reported, because AWS advises against the root user for everyday tasks.
select
    s.account_id, 'global' as region, s.account_id as ident, '<root_account>' as name,
    coalesce(r.user_arn, 'arn:aws:iam::' || s.account_id || ':root') as resource, null as value,
    s.account_mfa_enabled as mfa_enabled, s.account_access_keys_present as access_keys,
    s.account_password_present as password_present, r.access_key_1_active as key_1_active,
    r.access_key_2_active as key_2_active,
    case when r.user_name is not null
        then coalesce(strftime(r.password_last_used, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as password_last_used,
    case when r.user_name is not null
        then coalesce(strftime(r.access_key_1_last_used_date, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as key_1_last_used,
    case when r.user_name is not null
        then coalesce(strftime(r.access_key_2_last_used_date, '%Y-%m-%dT%H:%M:%SZ'), 'never') end as key_2_last_used
from aws_iam_account_summary as s
left join aws_iam_credential_report as r on r.account_id = s.account_id and r.user_name = '<root_account>'
