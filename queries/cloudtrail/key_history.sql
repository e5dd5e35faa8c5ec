-- title: Everything about one access key, in one row
-- kind: report
-- severity: info
-- version: 1
-- tags: cloudtrail, access-keys, incident
-- param: key text                     # The key's id: AKIA… of a user or root, ASIA… of a session
--
-- For the hour in which a key turns out to be stolen: whose it is, whether it still works, who made it and from where,
-- where it was used from and with what, what it changed, what was refused, and which keys and sessions it gave (ask for
-- those next). There is a row whether or not the run knows the key. Counts stand after names; lists end after the
-- twenty most frequent. `status` is Active or Inactive (as IAM lists it), `temporary`, `deleted` (its deletion was seen,
-- or IAM's list was read and lacks it) or `not in this run`. Read `events_known` before you trust an absence: where only
-- some events were read, the key may have done more. `--output json` is easiest to read, and `key_timeline` has the
-- events in order. If no account is named here, `aws sts get-access-key-info` tells whose key it is.

with used as (
    select
        e.event_time, e.event_name, e.event_source, e.event_id, e.region, e.source_ip_address, e.user_agent,
        e.error_code, e.read_only, e.user_type, e.username, e.issuer_arn, e.actor_arn, e.target, e.account_id,
        coalesce(e.actor_account_id, e.account_id) as owner_account,
        case
            when e.error_code is null and e.event_name <> 'GetAccessKeyInfo'
                and (e.event_source = 'sts.amazonaws.com' or e.event_name = 'CreateAccessKey')
                then e.about_key_id
        end as given_key
    from aws_cloudtrail_event as e
    where e.access_key_id = trim($key)
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
                e.request_parameters ->> '$.targetPrincipal', e.target
            )
        end as owner,
        e.request_parameters ->> '$.status' as new_status
    from aws_cloudtrail_event as e
    where
        e.error_code is null
        and e.about_key_id = trim($key)
        and e.event_name in (
            'CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'AssumeRole', 'AssumeRoleWithSAML',
            'AssumeRoleWithWebIdentity', 'AssumeRoot', 'GetSessionToken', 'GetFederationToken'
        )
),

made as (
    select
        b.event_time, b.event_name, b.actor, b.owner, b.source_ip_address,
        case when b.owner like 'arn:%' then split_part(b.owner, ':', 5) else b.account_id end as account_id,
        row_number() over (order by b.actor_arn is null, b.event_time, b.event_id) as place
    from about as b
    where b.event_name not in ('UpdateAccessKey', 'DeleteAccessKey')
),

changed as (
    select
        max(b.account_id) as account_id,
        max(coalesce(b.owner, b.username)) as owner,
        max(case when b.event_name = 'DeleteAccessKey' then 1 else 0 end) as is_deleted,
        string_agg(
            concat(
                case
                    when b.event_name = 'DeleteAccessKey' then 'deleted'
                    when b.new_status = 'Inactive' then 'deactivated'
                    when b.new_status = 'Active' then 'activated'
                    else 'changed'
                end,
                ' ', strftime(b.event_time, '%Y-%m-%d %H:%M:%S'), ' by ', coalesce(b.actor, 'somebody unnamed'),
                ' from ', coalesce(b.source_ip_address, 'an unknown address')
            ),
            '; '
            order by b.event_time, b.event_id
        ) as became
    from about as b
    where b.event_name in ('UpdateAccessKey', 'DeleteAccessKey')
),

totals as (
    select
        count(*) as events, min(u.event_time) as first_event, max(u.event_time) as last_event,
        sum(case when u.error_code is not null then 1 else 0 end) as refused,
        max(u.owner_account) as account_id, max(u.user_type) as user_type,
        max(coalesce(u.issuer_arn, u.username)) as used_by,
        max(u.actor_arn) as actor_arn,
        string_agg(distinct case when u.account_id <> u.owner_account then u.account_id end, ', '
            order by case when u.account_id <> u.owner_account then u.account_id end) as other_accounts
    from used as u
),

words as (
    select 'region' as kind, u.region as word from used as u
    union all
    select 'service', replace(u.event_source, '.amazonaws.com', '') from used as u
    union all
    select 'address', u.source_ip_address from used as u
    union all
    select 'agent', u.user_agent from used as u
    union all
    select 'error', u.error_code from used as u
    union all
    select 'write', u.event_name from used as u where u.read_only = false and u.error_code is null
    union all
    select 'read', u.event_name from used as u where u.read_only = true and u.error_code is null
    union all
    select 'given', concat_ws(' ', u.event_name, u.target, '->', u.given_key) from used as u
    where u.given_key is not null
),

ranked as (
    select
        w.kind,
        concat(w.word, ' ', w.times) as entry,
        row_number() over (partition by w.kind order by w.times desc, w.word) as place,
        count(*) over (partition by w.kind) as entries
    from (
        select
            v.kind, v.word,
            count(*) as times
        from words as v
        where v.word is not null
        group by v.kind, v.word
    ) as w
),

lists as (
    select
        r.kind,
        concat(
            string_agg(r.entry, ', ' order by r.place),
            case when max(r.entries) > 20 then concat(' and ', max(r.entries) - 20, ' more') end
        ) as entries
    from ranked as r
    where r.place <= 20
    group by r.kind
),

listed as (
    select
        max(case when l.kind = 'region' then l.entries end) as regions,
        max(case when l.kind = 'service' then l.entries end) as services,
        max(case when l.kind = 'address' then l.entries end) as addresses,
        max(case when l.kind = 'agent' then l.entries end) as agents,
        max(case when l.kind = 'error' then l.entries end) as errors,
        max(case when l.kind = 'write' then l.entries end) as writes,
        max(case when l.kind = 'read' then l.entries end) as reads,
        max(case when l.kind = 'given' then l.entries end) as given
    from lists as l
),

today as (
    select
        max(k.account_id) as account_id, max(k.user_name) as user_name, max(k.status) as status,
        max(k.create_date) as create_date, max(k.access_key_last_used_date) as last_used
    from aws_iam_access_key as k
    where k.access_key_id = trim($key)
),

whose as (
    select
        coalesce(t.account_id, s.account_id, m.account_id, c.account_id) as account_id,
        case
            when s.user_type = 'Root' then 'root'
            when trim($key) like 'ASIA%' then coalesce(s.actor_arn, m.owner, s.used_by)
            else coalesce(t.user_name, m.owner, s.used_by, c.owner)
        end as owner,
        t.status, t.create_date, t.last_used, s.events, s.first_event, s.last_event, s.refused, s.user_type,
        s.other_accounts, m.event_time as made_at, m.event_name as made_with, m.actor as made_by,
        m.source_ip_address as made_from, c.is_deleted, c.became
    from totals as s
    cross join today as t
    cross join changed as c
    left join made as m on m.place = 1
),

reads_of as (
    select
        v.account_id,
        sum(case when v.source = 'trail' and v.status = 'ok' then 1 else 0 end) as trail_regions,
        sum(case when v.source = 'trail' and v.status <> 'ok' then 1 else 0 end) as trail_faults,
        sum(case when v.source = 'trail' and coalesce(v.error_code, '') <> 'no_objects' then 1 else 0 end) as log_regions,
        string_agg(
            distinct case when v.look_up = 'ReadOnly=false' and v.status = 'ok' then v.region end, ', '
            order by case when v.look_up = 'ReadOnly=false' and v.status = 'ok' then v.region end
        ) as write_regions,
        sum(case when v.source = 'look-up' and v.status = 'ok' then 1 else 0 end) as look_ups,
        sum(case when v.source = 'import' then 1 else 0 end) as imports,
        string_agg(
            distinct case
                when v.status not in ('ok', 'not_applicable')
                    then concat(coalesce(v.look_up, v.source), ' in ', v.region, ' ', coalesce(v.error_code, v.status))
            end,
            ', '
            order by case
                when v.status not in ('ok', 'not_applicable')
                    then concat(coalesce(v.look_up, v.source), ' in ', v.region, ' ', coalesce(v.error_code, v.status))
            end
        ) as faults
    from aws_cloudtrail_coverage as v
    group by v.account_id
),

judged as (
    select
        a.account_id,
        case when r.trail_regions > 0 and r.trail_faults = 0 and r.log_regions > 0 then 1 else 0 end as is_whole,
        case
            when r.trail_regions > 0 and r.trail_faults = 0 and r.log_regions > 0
                then concat('all events; regions read: ', r.trail_regions)
            else concat_ws(
                '; ',
                case
                    when r.trail_regions > 0 and r.log_regions > 0 then 'events of a trail, in part'
                    when r.write_regions is not null then concat('writes of ', r.write_regions, ' only')
                    when r.look_ups > 0 then 'some event names only'
                    when r.imports > 0 then 'imported files only'
                    when r.account_id is null and max(c.status) = 'ok' then 'some event names only'
                    else 'not read'
                end,
                case when r.faults is not null then concat('failed: ', r.faults) end
            )
        end as words
    from iamsql.accounts as a
    left join reads_of as r on r.account_id = a.account_id
    left join iamsql.coverage as c
        on c.account_id = a.account_id and c.service = 'cloudtrail' and c.operation = 'LookupEvents'
    group by
        a.account_id, r.account_id, r.trail_regions, r.trail_faults, r.log_regions, r.write_regions, r.look_ups,
        r.imports, r.faults
),

everywhere as (
    select sum(j.is_whole) as whole, count(*) as accounts
    from judged as j
),

key_lists as (
    select
        c.account_id,
        min(case when c.status = 'ok' then 1 else 0 end) as is_read
    from iamsql.coverage as c
    where c.service = 'iam' and c.operation = 'ListAccessKeys'
    group by c.account_id
)

select
    trim($key) as access_key_id,
    w.account_id, a.name as account_name, w.owner,
    case
        when w.status is not null then w.status
        when trim($key) like 'ASIA%' then 'temporary'
        when w.is_deleted = 1 or (k.is_read = 1 and coalesce(w.user_type, '') <> 'Root') then 'deleted'
        else 'not in this run'
    end as status,
    coalesce(w.made_at at time zone 'UTC', w.create_date) as made_at,
    w.made_by, w.made_from, w.made_with, w.became,
    w.first_event at time zone 'UTC' as first_event,
    w.last_event at time zone 'UTC' as last_event,
    w.last_used as last_used_by_iam, w.events,
    coalesce(w.refused, 0) as refused,
    n.writes, n.errors, n.given as gave, n.addresses as source_addresses, n.agents as user_agents, n.services,
    n.regions, n.reads, w.other_accounts,
    case
        when w.account_id is null
            then concat('account unknown; all events were read of ', y.whole, ' of ', y.accounts, ' accounts')
        else coalesce(j.words, 'not read: the account is not among those of the run')
    end as events_known,
    o.window_start, o.window_end,
    as_of() as as_of
from whose as w
cross join listed as n
cross join everywhere as y
cross join iamsql.run as o
left join iamsql.accounts as a on a.account_id = w.account_id
left join judged as j on j.account_id = w.account_id
left join key_lists as k on k.account_id = w.account_id
