-- title: The accounts, users, roles and root users that risk most
-- kind: report
-- severity: high
-- version: 1
-- tags: risk, access-keys, mfa, root, roles
-- param: top integer = 25             # How many accounts, and how many principals
-- param: weights text = {}            # Other points for a fact, such as {"mfa.none": 4}; risk_weights lists them
-- param: days integer = 90            # Age in days from which a key is old
-- param: idle_days integer = 45       # Days without use from which a credential counts as unused
--
-- Where to begin: two lists, accounts and then principals, each from its highest score down. A user's score is its own or
-- that of its gravest key, as `risk_score` has them. A role's adds up what it may do (privilege), who may assume it
-- (trust: anyone 5, any subject of an OpenID Connect provider 3, an account outside the organization 2.5, or 1 with a
-- condition) and 0.5 when nobody does; service-linked roles are left out, and resource control policies, which may keep
-- strangers out all the same, are not weighed. An account has the score of the gravest thing in it; of equal ones the
-- account with more things at 7 or higher comes first. `certainty` is `at least` where something could not be read, of an
-- account anything at all. Accounts of which nothing could be read are not here: see `skipped_accounts`.

with things as (
    select
        r.account_id,
        case when r.kind = 'key' then 'user' else r.kind end as kind,
        r.name, r.score, r.certainty,
        concat(case when r.kind = 'key' then concat('key ', r.access_key_id, ': ') end, r.reasons) as reasons,
        row_number() over (
            partition by r.account_id, case when r.kind = 'key' then 'user' else r.kind end, r.name
            order by r.score desc, r.kind desc, r.access_key_id
        ) as place,
        max(case when r.certainty = 'exact' then 0 else 1 end) over (
            partition by r.account_id, case when r.kind = 'key' then 'user' else r.kind end, r.name
        ) as doubts
    from iam_risk($weights, $days, $idle_days) as r
),

principals as (
    select
        t.account_id, t.kind, t.name, t.score, t.doubts, t.reasons,
        row_number() over (
            partition by t.account_id
            order by t.score desc, t.kind, t.name
        ) as place
    from things as t
    where t.place = 1
),

accounts as (
    select
        p.account_id, max(p.score) as score, max(p.doubts) as doubts,
        sum(case when p.score >= 7 then 1 else 0 end) as grave,
        max(case when p.place = 1 then concat(p.kind, ' ', p.name, ' (', p.reasons, ')') end) as gravest
    from principals as p
    group by p.account_id
),

ranked as (
    select
        'account' as kind, c.account_id, a.name, c.score,
        greatest(c.doubts, case when a.outcome = 'read' then 0 else 1 end) as doubts,
        concat(c.gravest, case when c.grave > 1 then concat('; ', c.grave, ' at 7 or more') end) as reasons,
        row_number() over (order by c.score desc, c.grave desc, a.position, c.account_id) as place
    from accounts as c
    left join iamsql.accounts as a on a.account_id = c.account_id
    where c.score > 0
    union all
    select
        p.kind, p.account_id, p.name, p.score, p.doubts, p.reasons,
        row_number() over (order by p.score desc, a.position, p.account_id, p.kind, p.name) as place
    from principals as p
    left join iamsql.accounts as a on a.account_id = p.account_id
    where p.score > 0
)

select
    r.place as rank, r.kind, r.account_id, a.name as account_name, r.name, r.score,
    case when r.doubts = 0 then 'exact' else 'at least' end as certainty,
    r.reasons
from ranked as r
left join iamsql.accounts as a on a.account_id = r.account_id
where r.place <= $top
order by case r.kind when 'account' then 1 else 2 end, r.place
