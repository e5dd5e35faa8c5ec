-- title: Sign-ins from a network that is new for the user
-- kind: detection
-- severity: low
-- version: 1
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: days integer = 14  # History that a user must have
-- param: few integer = 5    # Users with more networks than these are not judged
--
-- People sign in from few places, and a stolen password is used from another. Only users whose habits the run has
-- seen for some time are evaluated, by the network (the first three numbers of an address). Ask the user where they
-- were, and see what the session did.
-- False positives: travel, a new home, a phone as modem: common, hence low. A foreign country at night, a hosting
-- company's network or a sign-in without MFA raise the worth of a row. The longer the run's window, the better this
-- works. Sign-ins to Identity Center (`UserAuthentication`) are evaluated too, where the run read its home region.

with logins as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.name, e.user_type) as actor,
        e.source_ip, e.event_name, e.event_id, e.name, e.user_type,
        e.mfa_used = 'No' and e.user_type = 'IAMUser' or e.credential = 'PASSWORD' as is_without_mfa,
        e.user_agent,
        case
            when e.source_ip like '%:%' then regexp_extract(e.source_ip, '^[^:]*:[^:]*:[^:]*')
            else regexp_replace(e.source_ip, '\.\d+$', '')
        end as network
    from sign_in_attempts() as e
    where
        e.event_name in ('ConsoleLogin', 'UserAuthentication')
        and e.outcome = 'Success'
        and e.name is not null
        and e.source_ip is not null
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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip, c.event_name, c.name as target,
    concat(
        'first sign-in from the network ', c.network, '; the user came from ', c.networks_before, ' others since ',
        strftime(c.known_since, '%Y-%m-%d'),
        case when c.is_without_mfa then '; without MFA' end
    ) as detail,
    c.event_id, c.network, c.networks_before, c.user_agent
from counted as c
where
    c.nth = 1
    and c.networks_before between 1 and $few
    and c.known_since <= c.event_time - $days * interval '1 day'
order by c.event_time desc, c.event_id
