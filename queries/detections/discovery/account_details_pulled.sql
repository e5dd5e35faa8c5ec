-- title: The whole of IAM read by somebody who does not usually
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1087.004, mitre:T1069.003, tactic:discovery, cloudtrail
-- param: habit integer = 4  # From so many days on it is a habit
--
-- One call tells every user, role and policy, and where the way to more rights lies; tools of intruders begin with
-- it. An actor that did so on few days of the run is shown once, at the first call. Ask what the tool was
-- (user_agent) and what came next.
-- False positives: auditors and their tools. Those that come back on many days are not shown, nor is the role with
-- which iamsql reads the accounts; a first audit is, and is soon explained.

with pulls as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.event_id, e.user_agent,
        coalesce(e.issuer_arn, e.actor) as who
    from successful_calls('iam.amazonaws.com') as e
    where
        e.event_name in ('GetAccountAuthorizationDetails', 'GetCredentialReport')
        and split_part(coalesce(e.issuer_arn, ''), '/', -1) not in (
            select a.role_used from iamsql.accounts as a where a.role_used is not null
        )
),

numbered as (
    select
        p.*,
        row_number() over (partition by p.account_id, p.who order by p.event_time, p.event_id) as nth,
        dense_rank() over (partition by p.account_id, p.who order by cast(p.event_time as date)) as day_number,
        count(*) over (partition by p.account_id, p.who) as calls
    from pulls as p
),

habits as (
    select
        n.account_id, n.who,
        max(n.day_number) as pull_days
    from numbered as n
    group by n.account_id, n.who
)

select
    n.event_time, n.account_id, n.region, n.actor, n.source_ip, n.event_name, n.account_id as target,
    concat(
        'all users, roles and policies, or the credential report, read in ', n.calls, ' calls on ', h.pull_days,
        ' days'
    ) as detail,
    n.event_id, n.calls, h.pull_days, n.user_agent
from numbered as n
inner join habits as h on h.account_id = n.account_id and h.who = n.who
where n.nth = 1 and h.pull_days < $habit
order by n.event_time desc, n.event_id
