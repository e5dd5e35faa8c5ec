-- title: Access keys of the root users
-- kind: report
-- severity: critical
-- version: 1
-- tags: root, access-keys, cis_v3.0:1.4, fsbp:IAM.4
--
-- A root key can do everything in its account and nothing limits it: delete it. Every account has a row. Two sources
-- speak: the account summary counts keys, active or not, and the credential report shows each slot as it was at
-- `report_time`. `agreement` says whether they tell the same. A key that the summary alone counts may be inactive or
-- newer than the report, a key that the report alone shows may have been deleted since. `state` is `active key`,
-- `inactive key`, `key present` (the summary counts one, the report shows none or was not read), `no active key` (the
-- report alone was read), `no key`, `no root credentials` (no key, no password, no MFA: an account made or cleaned up
-- under central root management) or `unknown`.

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
        coalesce(r.access_key_1_active, false) or coalesce(r.access_key_2_active, false) as active_shown,
        coalesce(r.access_key_1_active, false)
        or coalesce(r.access_key_2_active, false)
        or r.access_key_1_last_rotated is not null
        or r.access_key_2_last_rotated is not null
        or r.access_key_1_last_used_date is not null
        or r.access_key_2_last_used_date is not null as any_shown,
        m.is_central = 1 as is_central
    from iamsql.accounts as a
    cross join central_root_management() as m
    left join aws_iam_account_summary as s on s.account_id = a.account_id
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
),

judged as (
    select
        s.*,
        case
            when s.summary_keys is null and not s.report_read then 'unknown'
            when s.active_shown then 'active key'
            when s.any_shown then 'inactive key'
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
            when (s.summary_keys > 0) = s.any_shown then 'agree'
            else 'disagree'
        end as sources_agree
    from sources as s
)

select
    j.account_id, j.account_name, j.key_state as state, j.sources_agree as agreement,
    case
        when j.key_state = 'unknown'
            then coalesce(j.account_reason, 'neither the account summary nor the credential report could be read')
        when j.sources_agree = 'disagree' and j.summary_keys > 0
            then 'the summary counts a key that the report does not show: inactive, or newer than the report'
        when j.sources_agree = 'disagree'
            then 'the report shows a key that the summary does not count: deleted since the report'
        when j.sources_agree = 'report only' then 'the account summary could not be read'
        when j.sources_agree = 'summary only' then 'the credential report could not be read'
    end as reason,
    j.summary_keys, j.access_key_1_active as key_1_active, j.access_key_1_last_rotated as key_1_last_rotated,
    j.access_key_1_last_used_date as key_1_last_used_date,
    j.access_key_1_last_used_service as key_1_last_used_service, j.access_key_2_active as key_2_active,
    j.access_key_2_last_rotated as key_2_last_rotated, j.access_key_2_last_used_date as key_2_last_used_date,
    j.access_key_2_last_used_service as key_2_last_used_service, j.summary_password as summary_password_present,
    j.report_password as report_password_enabled, j.has_mfa as mfa_enabled, j.is_central as central_root_management,
    j.generated_time as report_time,
    as_of() as as_of
from judged as j
order by
    case j.key_state
        when 'active key' then 1
        when 'key present' then 2
        when 'inactive key' then 3
        when 'unknown' then 4
        when 'no active key' then 5
        when 'no key' then 6
        else 7
    end,
    j.account_position, j.account_id
