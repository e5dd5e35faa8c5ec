-- title: Root user of each account
-- kind: report
-- severity: critical
-- version: 2
-- tags: root, mfa, cis_v3.0:1.4, cis_v3.0:1.5, cis_v3.0:1.6
-- columns: account, mfa, access_keys_by_summary, last_use_by_report, sign_ins
-- remediation: iamsql query user_history --arg user_name=root --arg account={account_id}
-- remediation: # In the console of account {account_id}, as the root user: Security credentials, Assign MFA device.
-- remediation: # In the management account, to delete the root credentials of a member account: aws sts assume-root --target-principal {account_id} --task-policy-arn arn=arn:{partition}:iam::aws:policy/root-task/IAMDeleteRootUserCredentials
--
-- Returns one row for each account, whether it was read or not; a NULL value is unknown, never no. A root user should
-- have hardware MFA, no access key and no regular use; under central root access management, the root credentials of
-- member accounts can be deleted. `mfa` is `virtual`, `hardware or passkey`, `on` (the kind could not be read), `none`
-- or `unknown`. `sign_ins` counts successful sign-ins in the window and `failed_sign_ins` the others. Both are NULL if
-- the run did not read the events that contain them: root events, all sign-ins or all write events of the home Region,
-- by look-up or from the log files of a trail. `root_keys` lists the keys and `root_activity` the events. Delete root
-- keys first, then assign MFA devices. In member accounts, delete all root credentials instead.

with sign_ins as (
    select
        e.account_id,
        sum(case when e.console_login = 'Failure' then 0 else 1 end) as succeeded,
        sum(case when e.console_login = 'Failure' then 1 else 0 end) as failed,
        max(case when e.console_login = 'Failure' then null else e.event_time end) as last_success,
        max(case when e.console_login = 'Failure' then e.event_time end) as last_failure
    from aws_cloudtrail_lookup_event as e
    where e.event_name = 'ConsoleLogin' and coalesce(e.user_type = 'Root', e.username = 'root')
    group by e.account_id
)

select
    a.account_id, a.name as account_name, a.state as account_state, a.outcome,
    coalesce(s.account_mfa_enabled, r.mfa_active) as mfa_enabled,
    case
        when coalesce(s.account_mfa_enabled, r.mfa_active) is null then 'unknown'
        when not coalesce(s.account_mfa_enabled, r.mfa_active) then 'none'
        when d.account_id is not null then 'virtual'
        when c.is_complete = 1 then 'hardware or passkey'
        else 'on'
    end as mfa,
    coalesce(s.account_password_present, r.password_enabled) as password_present,
    s.account_access_keys_present as access_keys_by_summary,
    case
        when r.user_name is not null
            then
                case when r.access_key_1_active then 1 else 0 end
                + case when r.access_key_2_active then 1 else 0 end
    end as active_access_keys_by_report,
    s.account_signing_certificates_present as signing_certificates,
    m.is_central = 1 as central_root_management,
    greatest(r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date) as last_use_by_report,
    case when e.is_read = 1 then 'read' else 'not read' end as events,
    i.last_success as last_sign_in, i.last_failure as last_failed_sign_in,
    coalesce(i.succeeded, case when e.is_read = 1 then 0 end) as sign_ins,
    coalesce(i.failed, case when e.is_read = 1 then 0 end) as failed_sign_ins,
    r.generated_time as report_time, o.window_start, o.window_end, o.started_at as as_of
from iamsql.accounts as a
cross join iamsql.run as o
cross join central_root_management() as m
left join aws_iam_account_summary as s on s.account_id = a.account_id
left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
left join sign_ins as i on i.account_id = a.account_id
left join root_events_read(['Username=root', 'EventName=ConsoleLogin', 'ReadOnly=false']) as e on e.account_id = a.account_id
left join account_calls('iam', ['ListVirtualMFADevices']) as c on c.account_id = a.account_id
left join root_virtual_devices() as d on d.account_id = a.account_id
order by a.position, a.account_id
