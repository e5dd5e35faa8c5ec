-- title: All IAM data of an account downloaded by an unusual principal
-- kind: detection
-- severity: medium
-- tags: mitre:T1087.004, mitre:T1069.003, tactic:discovery, cloudtrail
-- param: usual_days integer = 4  # Minimum number of days with such calls to exclude a principal
--
-- Detects principals that call GetAccountAuthorizationDetails or GetCredentialReport on few days of the run. One such
-- call returns every user, role and policy, which shows the ways to more permissions; attack tools often start with
-- it. Returns the first call for each principal and account. Identify the tool by its user agent, and review the calls
-- that followed.
-- False positives: auditors and their tools. Principals that make these calls on `$usual_days` or more days are
-- excluded, as is the role with which iamsql reads the accounts. The first audit is a finding and is quickly explained.

with downloads as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.user_agent,
        coalesce(c.issuer_arn, c.actor) as principal
    from successful_calls('iam.amazonaws.com') as c
    where
        scan_filter(c.event_name in ('GetAccountAuthorizationDetails', 'GetCredentialReport'))
        and split_part(coalesce(c.issuer_arn, ''), '/', -1) not in (
            select a.role_used from iamsql.accounts as a where a.role_used is not null
        )
),

numbered_downloads as (
    select
        d.*,
        row_number() over (partition by d.account_id, d.principal order by d.event_time, d.event_id) as nth,
        dense_rank() over (partition by d.account_id, d.principal order by cast(d.event_time as date)) as day_number,
        count(*) over (partition by d.account_id, d.principal) as calls
    from downloads as d
),

habits as (
    select
        n.account_id, n.principal,
        max(n.day_number) as pull_days
    from numbered_downloads as n
    group by n.account_id, n.principal
)

select
    n.event_time, n.account_id, n.region, n.actor, n.source_ip_address, n.event_name, n.account_id as target,
    concat(
        'all users, roles and policies, or the credential report, read in ',
        pluralize(n.calls, 'call', 'calls'), ' on ', pluralize(h.pull_days, 'day', 'days')
    ) as detail,
    n.event_id, n.calls, h.pull_days, n.user_agent
from numbered_downloads as n
inner join habits as h on h.account_id = n.account_id and h.principal = n.principal
where n.nth = 1 and h.pull_days < $usual_days
order by n.event_time desc, n.event_id
