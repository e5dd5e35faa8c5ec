-- title: Accounts and principals with the highest risk
-- kind: report
-- severity: high
-- tags: risk, access-keys, mfa, root, roles
-- columns: kind, account, name, score, certainty, reason
-- param: top integer = 25        # Maximum number of rows in each list
-- param: weights text = {}       # Points that replace the defaults, such as {"mfa.none": 4}; see risk_weights
-- param: days integer = 90       # Age at which a key is old, in days
-- param: unused_days integer = 45  # Days without use after which a credential is unused
-- remediation: iamsql query risk_score
-- remediation: iamsql query escalation_paths
--
-- Returns two lists, accounts and then principals, each from the highest score down. The score of a user is its own
-- score or the score of its riskiest key, as in `risk_score`. The score of a role is the sum of privilege (its
-- permissions), trust (anyone 5, any subject of an OpenID Connect provider 3, an account outside the organization 2.5,
-- or 1 with a condition) and 0.5 if it is unused. Service-linked roles are excluded. Resource control policies, which
-- can exclude external principals, are not considered. The score of an account is the highest score in it; of accounts
-- with equal scores, the one with more scores of 7 and higher comes first. `certainty` is `at least` if a fact could
-- not be read (for an account, any fact). Accounts that could not be read at all are not included: see
-- `skipped_accounts`. Start with the first principals: `risk_score` shows their keys, and `escalation_paths` their
-- paths.

with risks as (
    select
        r.account_id,
        case when r.kind = 'key' then 'user' else r.kind end as kind,
        r.name, r.score, r.certainty,
        concat(case when r.kind = 'key' then concat('key ', r.access_key_id, ': ') end, r.reason) as reason,
        row_number() over (
            partition by r.account_id, case when r.kind = 'key' then 'user' else r.kind end, r.name
            order by r.score desc, r.kind desc, r.access_key_id
        ) as place,
        max(case when r.certainty = 'exact' then 0 else 1 end) over (
            partition by r.account_id, case when r.kind = 'key' then 'user' else r.kind end, r.name
        ) as is_incomplete
    from iam_risk($weights, $days, $unused_days) as r
),

principals as (
    select
        r.account_id, r.kind, r.name, r.score, r.is_incomplete, r.reason,
        row_number() over (
            partition by r.account_id
            order by r.score desc, r.kind, r.name
        ) as place
    from risks as r
    where r.place = 1
),

accounts as (
    select
        p.account_id, max(p.score) as score, max(p.is_incomplete) as is_incomplete,
        sum(case when p.score >= 7 then 1 else 0 end) as high_scores,
        max(case when p.place = 1 then concat(p.kind, ' ', p.name, ' (', p.reason, ')') end) as highest
    from principals as p
    group by p.account_id
),

ranked_subjects as (
    select
        'account' as kind, c.account_id, a.name, c.score,
        greatest(c.is_incomplete, case when a.outcome = 'complete' then 0 else 1 end) as is_incomplete,
        concat(c.highest, case when c.high_scores > 1 then concat('; ', c.high_scores, ' at 7 or more') end) as reason,
        row_number() over (order by c.score desc, c.high_scores desc, a.position, c.account_id) as place
    from accounts as c
    left join iamsql.accounts as a on a.account_id = c.account_id
    where c.score > 0
    union all
    select
        p.kind, p.account_id, p.name, p.score, p.is_incomplete, p.reason,
        row_number() over (order by p.score desc, a.position, p.account_id, p.kind, p.name) as place
    from principals as p
    left join iamsql.accounts as a on a.account_id = p.account_id
    where p.score > 0
)

select
    r.place as rank, r.kind, r.account_id, a.name as account_name, r.name, r.score,
    case when r.is_incomplete = 0 then 'exact' else 'at least' end as certainty,
    r.reason
from ranked_subjects as r
left join iamsql.accounts as a on a.account_id = r.account_id
where r.place <= $top
order by case r.kind when 'account' then 1 else 2 end, r.place
