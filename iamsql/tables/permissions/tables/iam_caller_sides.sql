-- Returns one row about the organization:
--   organization_id: NULL if it was not read, or if the account is in no organization
--   has_id: the run has the ID, or the account is in no organization
--   has_accounts: the run has the accounts, or the account is in no organization
-- returns: organization_id VARCHAR, has_id BOOLEAN, has_accounts BOOLEAN
create or replace macro iam_zone_of_trust() as table
select
    coalesce(r.organization_id, o.id) as organization_id,
    coalesce(r.organization_id, o.id) is not null or g.is_known as has_id,
    g.is_known as has_accounts
from iam_organization_coverage() as g
cross join (select max(split_part(split_part(a.arn, ':', 6), '/', 2)) as id from aws_organizations_account as a) as o
left join iamsql.run as r on true;

-- Returns the accounts of the zone of trust: the accounts of the organization or, if these were not read, the accounts of the run.
-- returns: account_id VARCHAR
create or replace macro iam_zone_accounts() as table
select a.id as account_id
from aws_organizations_account as a
union
select r.account_id
from iamsql.accounts as r
cross join iam_organization_coverage() as g
where not g.is_known;

-- Returns the unique IDs of users and roles, with their accounts.
-- returns: id VARCHAR, account_id VARCHAR
create or replace macro iam_unique_ids() as table
select u.user_id as id, u.account_id
from aws_iam_user as u
union all
select r.role_id, r.account_id
from aws_iam_role as r;

-- Returns the side of the callers that a policy admits, as the account of its resource sees it.
--   callers: a list of {'account_id', 'restrictions'}; each restriction is a list of parties, and a caller is in all of these
--     lists
--   known: a list of the IDs of known accounts and organizations outside
--   side: nobody, own account, own organization, known account, unknown (the data that decides was not read), outsider or everyone
--   parties: the accounts, organizations and unique IDs that are unknown or outsiders
-- returns: account_id VARCHAR, restrictions VARCHAR[][], side VARCHAR, parties VARCHAR
create or replace macro iam_caller_sides(callers, known) as table
with admitted as (
    select
        row_number() over (order by c.caller.account_id, c.caller.restrictions) as number,
        c.caller.account_id as account_id, c.caller.restrictions as restrictions
    from (
        select distinct unnest(cast(callers as struct(account_id varchar, restrictions varchar[][])[])) as caller
    ) as c
),

party_lists as (
    select p.number, p.account_id, p.place, p.restrictions[p.place] as parties
    from (
        select a.number, a.account_id, a.restrictions, unnest(range(1, len(a.restrictions) + 1)) as place
        from admitted as a
    ) as p
),

list_members as (
    select l.number, l.place, l.account_id, unnest(case when len(l.parties) = 0 then [''] else l.parties end) as party
    from party_lists as l
),

named_parties as (
    select distinct m.account_id, m.party from list_members as m
),

-- Each party with the rank of its side: 1 nobody, 2 own account, 3 own organization, 4 known account, 5 unknown, 6 outsider, 7
-- everyone.
ranked as (
    select
        p.account_id, p.party,
        case
            when p.party = '' then 1
            when p.party = '*' then 7
            when p.party in ('own account', p.account_id) or u.account_id = p.account_id then 2
            when list_contains(known, p.party) or list_contains(known, u.account_id) then 4
            -- the account of the resource is in no organization, or in one that is not in the run
            when g.has_accounts and g.organization_id is not null and h.account_id is null then 5
            when z.account_id is not null or v.account_id is not null or p.party = g.organization_id then 3
            when p.party = 'own organization' then case when g.organization_id is not null then 3 when g.has_id then 7 else 5 end
            when p.party like 'o-%' then case when g.has_id then 6 else 5 end
            -- a deleted principal, a canonical user, a unique ID or an origin access identity
            when not regexp_full_match(coalesce(u.account_id, p.party), '\d{12}') then 5
            when g.has_accounts then 6
            else 5
        end as rank
    from named_parties as p
    cross join iam_zone_of_trust() as g
    left join iam_zone_accounts() as h on h.account_id = p.account_id
    left join iam_zone_accounts() as z on z.account_id = p.party
    left join iam_unique_ids() as u on concat('id ', u.id) = p.party
    left join iam_zone_accounts() as v on v.account_id = u.account_id
),

-- The widest side of each list.
widest as (
    select
        m.number, m.place, max(r.rank) as rank,
        string_agg(distinct case when r.rank in (5, 6) then m.party end, ', ' order by case when r.rank in (5, 6) then m.party end)
            as parties
    from list_members as m
    inner join ranked as r on r.account_id = m.account_id and r.party = m.party
    group by m.number, m.place
),

-- The narrowest list of each policy, and the first if several are equally narrow.
narrowest as (
    select w.number, min({'rank': w.rank, 'place': w.place, 'parties': w.parties}) as list
    from widest as w
    group by w.number
)

select
    a.account_id, a.restrictions,
    ['nobody', 'own account', 'own organization', 'known account', 'unknown', 'outsider', 'everyone'][coalesce(n.list.rank, 7)] as side,
    case when n.list.rank in (5, 6) then n.list.parties end as parties
from admitted as a
left join narrowest as n on n.number = a.number;
