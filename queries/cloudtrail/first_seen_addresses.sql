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
    select (coalesce(r.window_end, r.started_at) at time zone 'UTC') - to_days($days) as since
    from iamsql.run as r
),

new_addresses as (
    select a.*, b.since
    from addresses as a
    cross join bounds as b
    where a.first_seen >= b.since and a.actor_since < b.since
),

histories as (
    select
        a.account_id, a.actor,
        count(*) as addresses,
        string_agg(a.address, ', ' order by a.last_seen desc, a.address) as address_list
    from addresses as a
    cross join bounds as b
    where a.first_seen < b.since
    group by a.account_id, a.actor
),

details as (
    select
        a.account_id, a.actor, a.address,
        string_agg(distinct e.event_name, ', ' order by e.event_name) as event_names,
        string_agg(distinct e.user_agent, '; ' order by e.user_agent) as user_agents,
        string_agg(distinct e.access_key_id, ', ' order by e.access_key_id) as access_key_ids,
        string_agg(distinct e.region, ', ' order by e.region) as regions
    from new_addresses as a
    inner join aws_cloudtrail_event as e
        on e.account_id = a.account_id
        and e.source_ip_address = a.address
        and e.event_time >= a.since
        and case
            when e.user_type = 'Root' then concat('root of ', e.account_id)
            when e.issuer_arn is null or iam_is_identity_center_role(e.issuer_arn) then coalesce(e.actor_arn, e.username)
            else e.issuer_arn
        end = a.actor
    group by a.account_id, a.actor, a.address
)

select
    n.first_seen at time zone 'UTC' as first_seen,
    n.last_seen at time zone 'UTC' as last_seen,
    n.actor, n.actor_type, n.address as source_ip_address, n.account_id, a.name as account_name, n.events, n.writes,
    n.failed, left(d.event_names, 400) as event_names, left(d.user_agents, 400) as user_agents,
    left(d.access_key_ids, 400) as access_key_ids, d.regions,
    n.address_since < n.since as seen_elsewhere,
    h.addresses as earlier_addresses, left(h.address_list, 200) as earlier,
    n.actor_since at time zone 'UTC' as actor_since,
    as_of() as as_of
from new_addresses as n
inner join histories as h on h.account_id = n.account_id and h.actor = n.actor
inner join details as d on d.account_id = n.account_id and d.actor = n.actor and d.address = n.address
left join iamsql.accounts as a on a.account_id = n.account_id
order by n.first_seen desc, a.position, n.account_id, n.actor, n.address
