-- title: IP addresses that a principal used for the first time
-- kind: report
-- severity: low
-- tags: cloudtrail, incident
-- columns: first_seen, account, actor, source_ip_address, event_names
-- param: days integer = 7  # Number of days at the end of the window in which an address is new
-- remediation: iamsql query user_history --arg user_name={actor:name} --arg account={account_id}
-- remediation: # If the owner of a user does not know the address: deactivate the access keys of the user.
-- remediation: # For a role: in the IAM console of account {account_id}, Roles, the role, Revoke sessions.
--
-- Returns one row for each principal and IP address that was first seen in the last `$days` days of the window, newest
-- first. Stolen credentials are used from new addresses. Only principals with earlier events are included, because
-- every address of a new principal is new. A principal is a user, a role (all sessions together) or, for Identity
-- Center, the session of a person. Requests that AWS services make on behalf of a principal have no address and are
-- excluded. `seen_elsewhere` shows that other principals used the address before, as for an office or a gateway. Where
-- only some events were read, the history is incomplete, and known addresses can look new. If the owner of the
-- principal does not know the address, treat the credentials as stolen: deactivate the access key, or revoke the
-- sessions of the role.

with sightings as (
    select
        e.account_id,
        case
            when e.user_type = 'Root' then concat('root of ', e.account_id)
            when e.issuer_arn is null or iam_is_identity_center_role(e.issuer_arn) then coalesce(e.actor_arn, e.username)
            else e.issuer_arn
        end as actor,
        max(e.user_type) as actor_type, e.source_ip_address as address, min(e.event_time) as first_seen,
        max(e.event_time) as last_seen, count(*) as events,
        sum(case when e.error_code is not null or e.console_login = 'Failure' then 1 else 0 end) as failed,
        sum(case when e.read_only = false then 1 else 0 end) as writes
    from aws_cloudtrail_event as e
    where e.source_ip_address is not null and e.user_type is not null and e.user_type <> 'AWSService'
    group by 1, 2, 4
),

addresses as (
    select
        s.*,
        min(s.first_seen) over (partition by s.account_id, s.actor) as actor_since,
        min(s.first_seen) over (partition by s.address) as address_since
    from sightings as s
    where s.actor is not null and regexp_full_match(s.address, '[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*')
),

bounds as (
    select (coalesce(o.window_end, o.started_at) at time zone 'UTC') - to_days($days) as since
    from iamsql.run as o
),

new_addresses as (
    select d.*, b.since
    from addresses as d
    cross join bounds as b
    where d.first_seen >= b.since and d.actor_since < b.since
),

histories as (
    select
        d.account_id, d.actor,
        count(*) as addresses,
        string_agg(d.address, ', ' order by d.last_seen desc, d.address) as address_list
    from addresses as d
    cross join bounds as b
    where d.first_seen < b.since
    group by d.account_id, d.actor
),

details as (
    select
        f.account_id, f.actor, f.address,
        string_agg(distinct e.event_name, ', ' order by e.event_name) as event_names,
        string_agg(distinct e.user_agent, '; ' order by e.user_agent) as user_agents,
        string_agg(distinct e.access_key_id, ', ' order by e.access_key_id) as access_key_ids,
        string_agg(distinct e.region, ', ' order by e.region) as regions
    from new_addresses as f
    inner join aws_cloudtrail_event as e
        on e.account_id = f.account_id
        and e.source_ip_address = f.address
        and e.event_time >= f.since
        and case
            when e.user_type = 'Root' then concat('root of ', e.account_id)
            when e.issuer_arn is null or iam_is_identity_center_role(e.issuer_arn) then coalesce(e.actor_arn, e.username)
            else e.issuer_arn
        end = f.actor
    group by f.account_id, f.actor, f.address
)

select
    f.first_seen at time zone 'UTC' as first_seen,
    f.last_seen at time zone 'UTC' as last_seen,
    f.actor, f.actor_type, f.address as source_ip_address, f.account_id, a.name as account_name, f.events, f.writes,
    f.failed, left(t.event_names, 400) as event_names, left(t.user_agents, 400) as user_agents,
    left(t.access_key_ids, 400) as access_key_ids, t.regions,
    f.address_since < f.since as seen_elsewhere,
    p.addresses as earlier_addresses, left(p.address_list, 200) as earlier,
    f.actor_since at time zone 'UTC' as actor_since,
    as_of() as as_of
from new_addresses as f
inner join histories as p on p.account_id = f.account_id and p.actor = f.actor
inner join details as t on t.account_id = f.account_id and t.actor = f.actor and t.address = f.address
left join iamsql.accounts as a on a.account_id = f.account_id
order by f.first_seen desc, a.position, f.account_id, f.actor, f.address
