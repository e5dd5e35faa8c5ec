-- title: History of one access key
-- kind: report
-- severity: info
-- tags: cloudtrail, access-keys, incident
-- columns: access_key_id, account, principal, status, created_at, created_by, first_event, last_event, events, failed, writes, issued_credentials, source_ip_addresses, event_coverage
-- param: access_key_id access_key  # The ID of the key: AKIA… of a user or root user, ASIA… of a session
-- positional: access_key_id
-- remediation: iamsql query key_timeline --arg access_key_id={access_key_id}
-- remediation: aws iam update-access-key --user-name {principal} --access-key-id {access_key_id} --status Inactive
-- remediation: # A session key (ASIA…) cannot be deactivated: in the IAM console, Roles, the role, Revoke sessions.
--
-- Returns one row that summarizes an access key, for the response to a leaked key: its owner, whether it still works,
-- who created it and from where, from which addresses and with which programs it was used, its write events, its
-- errors, and the keys and sessions that it issued (query those next). The row exists whether or not the run contains
-- the key. Lists contain the twenty most frequent values with their counts. `status` is Active or Inactive (from IAM),
-- `temporary`, `deleted` (an event deleted it, or the list of keys was read and does not contain it) or `not in this
-- run`. If the key leaked, deactivate it, read `key_timeline`, and then query each key and session that it issued.
-- Check `event_coverage` before you rely on an absence: where only some events were read, the key may have done more.
-- `--output json` is the most readable format, and `key_timeline` lists the events in order. If `account_id` is NULL,
-- `aws sts get-access-key-info` returns the account of the key.

with key_events as (
    select
        e.event_time, e.event_name, e.event_source, e.region, e.source_ip_address, e.user_agent, e.error_code,
        e.read_only, e.user_type, e.username, e.issuer_arn, e.actor_arn, e.target, e.account_id,
        coalesce(e.actor_account_id, e.account_id) as owner_account,
        case
            when e.error_code is null and e.event_name <> 'GetAccessKeyInfo'
                and (e.event_source = 'sts.amazonaws.com' or e.event_name = 'CreateAccessKey')
                then e.about_key_id
        end as issued_key_id
    from aws_cloudtrail_event as e
    where e.access_key_id = trim($access_key_id)
),

about as (
    select
        e.event_time, e.event_name, e.event_id, e.account_id, e.source_ip_address, e.actor_arn, e.username,
        coalesce(
            e.actor_arn, e.username, e.invoked_by, e.principal_id, concat('account ', e.actor_account_id)
        ) as actor,
        case
            when e.event_name in ('UpdateAccessKey', 'DeleteAccessKey') then e.request_parameters ->> '$.userName'
            when e.event_name = 'CreateAccessKey' then e.response_elements ->> '$.accessKey.userName'
            when e.event_name = 'GetSessionToken' then e.actor_arn
            else coalesce(
                e.response_elements ->> '$.assumedRoleUser.arn', e.response_elements ->> '$.federatedUser.arn',
                e.response_elements ->> '$.sessionInfo.arn', e.response_elements ->> '$.assumedPrincipal',
                e.request_parameters ->> '$.targetPrincipal', e.target
            )
        end as principal,
        e.request_parameters ->> '$.status' as new_status
    from aws_cloudtrail_event as e
    where
        e.error_code is null
        and e.about_key_id = trim($access_key_id)
        and e.event_name in (
            'CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'AssumeRole', 'AssumeRoleWithSAML',
            'AssumeRoleWithWebIdentity', 'AssumeRoot', 'GetSessionToken', 'GetFederationToken', 'GetScopedCredentials',
            'GetDelegatedAccessToken'
        )
),

creations as (
    select
        a.event_time, a.event_name, a.actor, a.principal, a.source_ip_address,
        case when a.principal like 'arn:%' then split_part(a.principal, ':', 5) else a.account_id end as account_id,
        -- AssumeRole is logged in the account of the caller and that of the role; the caller's event has its ARN.
        row_number() over (order by a.actor_arn is null, a.event_time, a.event_id) as nth
    from about as a
    where a.event_name not in ('UpdateAccessKey', 'DeleteAccessKey')
),

changes as (
    select
        max(a.account_id) as account_id,
        max(coalesce(a.principal, a.username)) as principal,
        bool_or(a.event_name = 'DeleteAccessKey') as is_deleted,
        string_agg(
            concat(
                case
                    when a.event_name = 'DeleteAccessKey' then 'deleted'
                    when a.new_status = 'Inactive' then 'deactivated'
                    when a.new_status = 'Active' then 'activated'
                    else 'changed'
                end,
                ' ', time_text(a.event_time), ' by ', coalesce(a.actor, 'an unknown principal'),
                ' from ', coalesce(a.source_ip_address, 'an unknown address')
            ),
            '; '
            order by a.event_time, a.event_id
        ) as status_changes
    from about as a
    where a.event_name in ('UpdateAccessKey', 'DeleteAccessKey')
),

totals as (
    select
        count(*) as events, min(e.event_time) as first_event, max(e.event_time) as last_event,
        count(e.error_code) as failed,
        max(e.owner_account) as account_id, max(e.user_type) as user_type,
        max(coalesce(e.issuer_arn, e.username)) as used_by,
        max(e.actor_arn) as actor_arn,
        string_agg(distinct e.account_id, ', ' order by e.account_id)
            filter (where e.account_id <> e.owner_account) as other_accounts
    from key_events as e
),

facts as (
    select unnest([
        {'kind': 'region', 'value': e.region},
        {'kind': 'service', 'value': replace(e.event_source, '.amazonaws.com', '')},
        {'kind': 'address', 'value': e.source_ip_address},
        {'kind': 'agent', 'value': e.user_agent},
        {'kind': 'error', 'value': e.error_code},
        {'kind': 'write', 'value': case when not e.read_only and e.error_code is null then e.event_name end},
        {'kind': 'read', 'value': case when e.read_only and e.error_code is null then e.event_name end},
        {'kind': 'issued', 'value': e.event_name || coalesce(' ' || e.target, '') || ' -> ' || e.issued_key_id}
    ], recursive := true)
    from key_events as e
),

counts as (
    select
        f.kind,
        concat(f.value, ' ', count(*)) as entry,
        row_number() over (partition by f.kind order by count(*) desc, f.value) as nth
    from facts as f
    where f.value is not null
    group by f.kind, f.value
),

lists as (
    select
        c.kind,
        concat(
            string_agg(c.entry, ', ' order by c.nth) filter (where c.nth <= 20),
            case when count(*) > 20 then concat(' and ', count(*) - 20, ' more') end
        ) as entries
    from counts as c
    group by c.kind
),

entry_lists as (
    select
        max(l.entries) filter (where l.kind = 'region') as regions,
        max(l.entries) filter (where l.kind = 'service') as services,
        max(l.entries) filter (where l.kind = 'address') as addresses,
        max(l.entries) filter (where l.kind = 'agent') as agents,
        max(l.entries) filter (where l.kind = 'error') as errors,
        max(l.entries) filter (where l.kind = 'write') as writes,
        max(l.entries) filter (where l.kind = 'read') as reads,
        max(l.entries) filter (where l.kind = 'issued') as issued
    from lists as l
),

iam_access_keys as (
    select
        max(k.account_id) as account_id, max(k.user_name) as user_name, max(k.status) as status,
        max(k.create_date) as create_date, max(k.access_key_last_used_date) as last_used
    from aws_iam_access_key as k
    where k.access_key_id = trim($access_key_id)
),

summaries as (
    select
        coalesce(k.account_id, t.account_id, n.account_id, c.account_id) as account_id,
        case
            when t.user_type = 'Root' then 'root'
            when trim($access_key_id) like 'ASIA%' then coalesce(t.actor_arn, n.principal, t.used_by)
            else coalesce(k.user_name, n.principal, t.used_by, c.principal)
        end as principal,
        k.status, k.create_date, k.last_used, t.events, t.first_event, t.last_event, t.failed, t.user_type,
        t.other_accounts, n.event_time as created_at, n.event_name as created_with, n.actor as created_by,
        n.source_ip_address as created_from, c.is_deleted, c.status_changes
    from totals as t
    cross join iam_access_keys as k
    cross join changes as c
    left join creations as n on n.nth = 1
),

coverage_totals as (
    select count(*) filter (where c.is_complete) as complete, count(*) as accounts
    from account_event_coverage() as c
)

select
    trim($access_key_id) as access_key_id,
    s.account_id, a.name as account_name, s.principal,
    case
        when s.status is not null then s.status
        when trim($access_key_id) like 'ASIA%' then 'temporary'
        when s.is_deleted or (k.is_complete = 1 and coalesce(s.user_type, '') <> 'Root') then 'deleted'
        else 'not in this run'
    end as status,
    coalesce(s.created_at at time zone 'UTC', s.create_date) as created_at,
    s.created_by, s.created_from, s.created_with, s.status_changes,
    s.first_event at time zone 'UTC' as first_event,
    s.last_event at time zone 'UTC' as last_event,
    s.last_used as last_used_by_iam, s.events, s.failed, l.writes, l.errors, l.issued as issued_credentials,
    l.addresses as source_ip_addresses, l.agents as user_agents, l.services, l.regions, l.reads, s.other_accounts,
    case
        when s.account_id is null
            then concat('account unknown; all events were read of ', t.complete, ' of ', t.accounts, ' accounts')
        else coalesce(c.description, 'not read: the account is not in the run')
    end as event_coverage,
    r.window_start, r.window_end,
    as_of() as as_of
from summaries as s
cross join entry_lists as l
cross join coverage_totals as t
cross join iamsql.run as r
left join iamsql.accounts as a on a.account_id = s.account_id
left join account_event_coverage() as c on c.account_id = s.account_id
left join account_calls('iam', ['ListAccessKeys']) as k on k.account_id = s.account_id
