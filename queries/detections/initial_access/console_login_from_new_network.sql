-- title: Console sign-in from a new network
-- kind: detection
-- severity: low
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: days integer = 14         # Minimum history of a user, in days
-- param: max_networks integer = 5  # Maximum number of earlier networks of an evaluated user
--
-- Detects users who sign in from a network for the first time. A network is the first three numbers of an IPv4 address.
-- A stolen password is used from a network that the user has not used before. Only users with `$days` days of history
-- and at most `$max_networks` earlier networks are evaluated. Ask the user where they were, and review the session.
-- Sign-ins to Identity Center (`UserAuthentication`) are evaluated too, if the run read its home Region.
-- False positives: travel, a new home, a phone as a hotspot. These are common, so the severity is low. A foreign
-- country at night, the network of a hosting provider, or a sign-in without MFA makes a finding more serious. A longer
-- window of the run makes it more accurate.

with logins as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.name, e.user_type) as actor,
        e.source_ip_address, e.event_name, e.event_id, e.name, e.user_type,
        e.mfa_used = 'No' and e.user_type = 'IAMUser' or e.credential = 'PASSWORD' as is_without_mfa,
        e.user_agent,
        network_of(e.source_ip_address) as network
    from sign_in_attempts() as e
    where
        scan_filter(e.event_name in ('ConsoleLogin', 'UserAuthentication'))
        and e.outcome = 'Success'
        and e.name is not null
        and e.source_ip_address is not null
),

ranked as (
    select
        l.*,
        min(l.event_time) over (partition by l.account_id, l.user_type, l.name) as known_since,
        row_number() over (
            partition by l.account_id, l.user_type, l.name, l.network
            order by l.event_time, l.event_id
        ) as nth
    from logins as l
),

counted as (
    select
        r.*,
        sum(case when r.nth = 1 then 1 else 0 end) over (
            partition by r.account_id, r.user_type, r.name
            order by r.event_time, r.event_id
            rows between unbounded preceding and current row
        ) - 1 as networks_before
    from ranked as r
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.name as target,
    concat(
        'first sign-in from network ', c.network, '; signed in from ',
        pluralize(c.networks_before, 'other network', 'other networks'), ' since ',
        strftime(c.known_since, '%Y-%m-%d'),
        case when c.is_without_mfa then '; without MFA' end
    ) as detail,
    c.event_id, c.network, c.networks_before, c.user_agent
from counted as c
where
    c.nth = 1
    and c.networks_before between 1 and $max_networks
    and c.known_since <= c.event_time - $days * interval '1 day'
order by c.event_time desc, c.event_id
