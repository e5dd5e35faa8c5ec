-- title: Console sign-in from a new network
-- kind: detection
-- severity: low
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: days integer = 14         # Minimum history of a user, in days
-- param: max_networks integer = 5  # Maximum number of earlier networks of an evaluated user
--
-- Detects users who sign in from a network for the first time. A network is the first three numbers of an IPv4 address,
-- or the first three groups of an IPv6 address. A stolen password is used from a network that the user has not used
-- before. Only users with `$days` days of history and at most `$max_networks` earlier networks are evaluated. Ask the
-- user where they were, and review the session. Sign-ins to Identity Center (`UserAuthentication`) are evaluated too,
-- if the run read its home Region.
-- False positives: travel, a new home, a phone as a hotspot. These are common, so the severity is low. A foreign
-- country at night, the network of a hosting provider, or a sign-in without MFA makes a finding more serious. A longer
-- window of the run makes it more accurate.

with logins as (
    select
        a.event_time, a.account_id, a.region,
        coalesce(a.actor_arn, a.name, a.user_type) as actor,
        a.source_ip_address, a.event_name, a.event_id, a.name, a.user_type,
        a.mfa_used = 'No' and a.user_type = 'IAMUser' or a.credential = 'PASSWORD' as is_without_mfa,
        a.user_agent,
        network_of(a.source_ip_address) as network
    from sign_in_attempts() as a
    where
        scan_filter(a.event_name in ('ConsoleLogin', 'UserAuthentication'))
        and a.outcome = 'Success'
        and a.name is not null
        and a.source_ip_address is not null
),

ranked_logins as (
    select
        l.*,
        min(l.event_time) over (partition by l.account_id, l.user_type, l.name) as known_since,
        row_number() over (
            partition by l.account_id, l.user_type, l.name, l.network
            order by l.event_time, l.event_id
        ) as nth
    from logins as l
),

login_networks as (
    select
        r.*,
        sum(case when r.nth = 1 then 1 else 0 end) over (
            partition by r.account_id, r.user_type, r.name
            order by r.event_time, r.event_id
            rows between unbounded preceding and current row
        ) - 1 as networks_before
    from ranked_logins as r
)

select
    n.event_time, n.account_id, n.region, n.actor, n.source_ip_address, n.event_name, n.name as target,
    concat(
        'first sign-in from network ', n.network, '; signed in from ',
        pluralize(n.networks_before, 'other network', 'other networks'), ' since ',
        strftime(n.known_since, '%Y-%m-%d'),
        case when n.is_without_mfa then '; without MFA' end
    ) as detail,
    n.event_id, n.network, n.networks_before, n.user_agent
from login_networks as n
where
    n.nth = 1
    and n.networks_before between 1 and $max_networks
    and n.known_since <= n.event_time - $days * interval '1 day'
order by n.event_time desc, n.event_id
