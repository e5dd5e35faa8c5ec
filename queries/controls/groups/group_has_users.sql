-- title: Ensure IAM groups have at least one user
-- kind: control
-- severity: low
-- version: 1
-- tags: groups, config:iam-group-has-users-check
--
-- A group without users is a bundle of permissions that waits: whoever is put into it gets them all. Delete it, or say
-- why it stays. The public control of this subject takes a group whose list of users is there but empty for one that
-- has users; here it has none. Where an account's users or their groups were not read, an empty group is unknown.

with answers as (
    select
        c.account_id,
        max(case when c.operation = 'GetAccountAuthorizationDetails' and c.status = 'ok' then 1 else 0 end) as at_once,
        max(case when c.operation = 'ListUsers' and c.status = 'ok' then 1 else 0 end) as listed
    from iamsql.coverage as c
    where c.service = 'iam' and c.operation in ('GetAccountAuthorizationDetails', 'ListUsers')
    group by c.account_id
),

homeless as (
    select u.account_id, count(*) as users
    from aws_iam_user as u
    where u.groups is null
    group by u.account_id
),

judged as (
    select
        g.account_id, g.arn,
        coalesce(json_array_length(g.users), 0) as members,
        (n.at_once = 1 or n.listed = 1) and h.users is null as is_known
    from aws_iam_group as g
    left join answers as n on n.account_id = g.account_id
    left join homeless as h on h.account_id = g.account_id
)

select
    j.arn as resource,
    unnest(case
        when j.members = 1 then ok('The group has 1 user.')
        when j.members > 0 then ok(concat('The group has ', j.members, ' users.'))
        when j.is_known then alarm('The group has no users.')
        else unknown('the groups of some users of the account were not read.')
    end),
    j.account_id, 'global' as region
from judged as j
left join iamsql.accounts as a on a.account_id = j.account_id
order by a.position, j.arn
