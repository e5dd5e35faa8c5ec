-- title: Access keys of the root users
-- kind: report
-- severity: critical
-- tags: root, access-keys, cis_v3.0:1.4, fsbp:IAM.4
-- columns: account, state, key_1_last_used_date, key_2_last_used_date, reason
-- remediation: iamsql query user_history --arg user_name=root --arg account={account_id}
-- remediation: # In the management account, to delete the root credentials of a member account: aws sts assume-root --target-principal {account_id} --task-policy-arn arn=arn:{partition}:iam::aws:policy/root-task/IAMDeleteRootUserCredentials
-- remediation: # With the credentials of the root session: aws iam delete-access-key --access-key-id ACCESS_KEY_ID
--
-- Returns one row for each account, with the access keys of its root user from two sources: the account summary, which
-- counts active and inactive keys, and the credential report, which contains each key as of `report_time`. A root
-- access key has every permission in the account and cannot be limited: delete it. `agreement` says whether the sources
-- agree. A key that only the summary counts may be inactive or newer than the report; a key that only the report
-- contains may have been deleted since. Under central root access management, `aws sts assume-root` in the management
-- account gives the credentials to delete the keys of a member account. The keys of the management account can only be
-- deleted by its root user. `state` is:
--
-- `active key`: the report contains an active key.
-- `inactive key`: the report contains only inactive keys.
-- `key present`: the summary counts a key, and the report contains none or was not read.
-- `no active key`: the report contains no key, and the summary was not read.
-- `no key`: the root user has no key.
-- `no root credentials`: no key, no password and no MFA, as in an account under central root access management.
-- `unknown`: neither source was read.

with sources as (
    select
        a.position as account_position, a.account_id, a.name as account_name, a.reason as account_reason,
        s.account_access_keys_present as summary_keys, s.account_mfa_enabled as summary_mfa,
        s.account_password_present as summary_password,
        coalesce(s.account_signing_certificates_present, 0) as certificates,
        r.user_name is not null as report_read,
        r.generated_time, r.access_key_1_active, r.access_key_1_last_rotated, r.access_key_1_last_used_date,
        r.access_key_1_last_used_service, r.access_key_2_active, r.access_key_2_last_rotated,
        r.access_key_2_last_used_date, r.access_key_2_last_used_service, r.password_enabled as report_password,
        coalesce(s.account_mfa_enabled, r.mfa_active) as has_mfa,
        coalesce(r.access_key_1_active, false) or coalesce(r.access_key_2_active, false) as has_active_key,
        coalesce(r.access_key_1_active, false)
        or coalesce(r.access_key_2_active, false)
        or r.access_key_1_last_rotated is not null
        or r.access_key_2_last_rotated is not null
        or r.access_key_1_last_used_date is not null
        or r.access_key_2_last_used_date is not null as has_any_key,
        m.is_central = 1 as is_central
    from iamsql.accounts as a
    cross join central_root_management() as m
    left join aws_iam_account_summary as s on s.account_id = a.account_id
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
),

key_states as (
    select
        s.*,
        case
            when s.summary_keys is null and not s.report_read then 'unknown'
            when s.has_active_key then 'active key'
            when s.has_any_key then 'inactive key'
            when s.summary_keys > 0 then 'key present'
            when s.summary_keys is null then 'no active key'
            when
                not s.has_mfa
                and s.certificates = 0
                and (
                    (not s.report_password and s.is_central and coalesce(not s.summary_password, true))
                    or (not s.summary_password and coalesce(not s.report_password, true))
                )
                then 'no root credentials'
            else 'no key'
        end as key_state,
        case
            when s.summary_keys is null and not s.report_read then 'no source'
            when s.summary_keys is null then 'report only'
            when not s.report_read then 'summary only'
            when (s.summary_keys > 0) = s.has_any_key then 'agree'
            else 'disagree'
        end as sources_agree
    from sources as s
)

select
    s.account_id, s.account_name, s.key_state as state, s.sources_agree as agreement,
    case
        when s.key_state = 'unknown'
            then coalesce(s.account_reason, 'neither the account summary nor the credential report could be read')
        when s.sources_agree = 'disagree' and s.summary_keys > 0
            then 'the summary counts a key that the report does not show: inactive, or newer than the report'
        when s.sources_agree = 'disagree'
            then 'the report shows a key that the summary does not count: deleted since the report'
        when s.sources_agree = 'report only' then 'the account summary could not be read'
        when s.sources_agree = 'summary only' then 'the credential report could not be read'
    end as reason,
    s.summary_keys, s.access_key_1_active as key_1_active, s.access_key_1_last_rotated as key_1_last_rotated,
    s.access_key_1_last_used_date as key_1_last_used_date,
    s.access_key_1_last_used_service as key_1_last_used_service, s.access_key_2_active as key_2_active,
    s.access_key_2_last_rotated as key_2_last_rotated, s.access_key_2_last_used_date as key_2_last_used_date,
    s.access_key_2_last_used_service as key_2_last_used_service, s.summary_password as summary_password_present,
    s.report_password as report_password_enabled, s.has_mfa as mfa_enabled, s.is_central as central_root_management,
    s.generated_time as report_time,
    as_of() as as_of
from key_states as s
order by
    case s.key_state
        when 'active key' then 1
        when 'key present' then 2
        when 'inactive key' then 3
        when 'unknown' then 4
        when 'no active key' then 5
        when 'no key' then 6
        else 7
    end,
    s.account_position, s.account_id
