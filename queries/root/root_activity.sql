-- title: Use of the root users
-- kind: report
-- severity: high
-- tags: root, cloudtrail, cis_v3.0:1.7, fsbp:IAM.20
-- columns: account, state, last_use_by_report, last_use_by_events, event_names
-- remediation: iamsql query user_history --arg user_name=root --arg account={account_id}
-- remediation: # If nobody can explain the use, change the password of the root user, replace the MFA device, and delete the keys.
-- remediation: # In the management account, to delete the root credentials of a member account: aws sts assume-root --target-principal {account_id} --task-policy-arn arn=arn:{partition}:iam::aws:policy/root-task/IAMDeleteRootUserCredentials
--
-- Returns one row for each account, with the last use of its root user in the credential report (password and keys) and
-- the CloudTrail events of the window, from every Region and source that the run read. Few tasks require the root user,
-- so each use should have an explanation. Failed sign-ins are counted separately and are not a use; many of them
-- indicate an attack. `state` is:
--
-- `used`: either source shows a use in the window.
-- `failed sign-ins only`: the window has failed sign-ins and no use.
-- `used before the window`: the last use is before the window.
-- `never used`: neither source shows a use.
-- `not used in the window`: the events show no use, and the credential report was not read.
-- `unknown`: no data shows a use in the window, and neither the look-up of root events nor the log files of a trail
-- were read completely in the home Region.
--
-- Use in other Regions is known only from a trail. If nobody can explain a use, change the password, replace the MFA
-- device and delete the keys of the root user.

with root_events as (
    select
        e.account_id,
        e.event_time at time zone 'UTC' as event_time,
        e.event_name, e.region, e.source_ip_address, e.data_source, e.mfa_used, e.session_mfa,
        e.event_name = 'ConsoleLogin' and coalesce(e.console_login, '') <> 'Failure' as is_sign_in,
        e.event_name = 'ConsoleLogin' and coalesce(e.console_login, '') = 'Failure' as is_failure,
        coalesce(e.event_type, '') = 'AwsServiceEvent' as is_service_event
    from aws_cloudtrail_event as e
    where coalesce(e.user_type = 'Root', e.username = 'root')
),

totals as (
    select
        e.account_id,
        max(case when not e.is_failure and not e.is_service_event then e.event_time end) as last_use,
        max(case when e.is_sign_in then e.event_time end) as last_sign_in,
        max(case when e.is_failure then e.event_time end) as last_failure,
        sum(case when e.is_sign_in then 1 else 0 end) as sign_ins,
        sum(case when e.is_failure then 1 else 0 end) as failures,
        sum(case when e.is_sign_in or e.is_failure then 0 else 1 end) as others,
        sum(case when e.is_sign_in and e.mfa_used = 'No' then 1 else 0 end) as sign_ins_without_mfa,
        sum(case
            when not e.is_sign_in and not e.is_failure and not e.is_service_event and e.session_mfa = 'false' then 1
            else 0
        end) as others_without_mfa,
        string_agg(distinct e.region, ', ' order by e.region) as regions,
        string_agg(distinct e.data_source, '; ' order by e.data_source) as data_source,
        string_agg(distinct e.event_name, ', ' order by e.event_name) as event_names,
        string_agg(distinct e.source_ip_address, ', ' order by e.source_ip_address) as source_ip_addresses
    from root_events as e
    group by e.account_id
),

sources as (
    select
        a.position as account_position, a.account_id, a.name as account_name,
        r.user_name is not null as report_read,
        r.generated_time, r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date,
        greatest(r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date) as report_use,
        coalesce(e.is_read, 0) = 1 as events_read,
        e.failure, t.last_use, t.last_sign_in, t.last_failure, t.sign_ins, t.failures, t.others,
        t.sign_ins_without_mfa, t.others_without_mfa, t.regions, t.data_source, t.event_names, t.source_ip_addresses,
        o.window_start, o.window_end
    from iamsql.accounts as a
    cross join iamsql.run as o
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
    left join root_events_read(['Username=root']) as e on e.account_id = a.account_id
    left join totals as t on t.account_id = a.account_id
)

select
    s.account_id, s.account_name,
    case
        when s.last_use is not null or s.report_use >= s.window_start then 'used'
        when not s.events_read then 'unknown'
        when s.failures > 0 then 'failed sign-ins only'
        when not s.report_read then 'not used in the window'
        when s.report_use is not null then 'used before the window'
        else 'never used'
    end as state,
    s.report_use as last_use_by_report, s.last_use as last_use_by_events,
    case when s.events_read then 'read' else coalesce(s.failure, 'not requested') end as events,
    coalesce(s.sign_ins, case when s.events_read then 0 end) as sign_ins,
    coalesce(s.sign_ins_without_mfa, case when s.events_read then 0 end) as sign_ins_without_mfa,
    coalesce(s.failures, case when s.events_read then 0 end) as failed_sign_ins,
    coalesce(s.others, case when s.events_read then 0 end) as other_events,
    coalesce(s.others_without_mfa, case when s.events_read then 0 end) as other_events_without_mfa,
    s.last_sign_in, s.last_failure as last_failed_sign_in, s.event_names, s.regions, s.source_ip_addresses, s.data_source,
    s.password_last_used as report_password_last_used, s.access_key_1_last_used_date as report_key_1_last_used,
    s.access_key_2_last_used_date as report_key_2_last_used, s.generated_time as report_time, s.window_start,
    s.window_end,
    as_of() as as_of
from sources as s
order by s.account_position, s.account_id
