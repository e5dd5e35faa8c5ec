-- title: Ensure the number of administrators is limited
-- kind: control
-- severity: medium
-- version: 1
-- tags: permissions, admins
-- param: most integer = 2               # How many users of an account may be administrators
--
-- Every administrator is one more password, device or key that opens the whole account. Two are enough to be safe from
-- losing one; other work has roles of its own. Counted are users, by their own policies and those of their groups;
-- `admins` lists them, and those who can become one.

with counted as (
    select
        u.account_id,
        count(*) filter (where d.as_read <> 'blocked') as users,
        count(*) filter (where d.as_read = 'blocked') as unsure,
        string_agg(u.name, ', ' order by u.name) filter (where d.as_read <> 'blocked') as names
    from iam_admins() as d
    inner join aws_iam_user as u on u.arn = d.principal
    group by u.account_id
)

select
    a.arn as resource,
    unnest(case
        when coalesce(c.users, 0) <= $most and c.users + c.unsure > $most then unknown(concat(
            c.users, ' users are administrators, and ', c.unsure,
            ' more may be by policies that were not read; the limit is ', $most, '.'
        ))
        when coalesce(c.users, 0) = 0 then alarm_if(coalesce(c.users, 0) > $most, 'No user is an administrator.')
        when c.users = 1 then alarm_if(
            coalesce(c.users, 0) > $most,
            concat('One user is an administrator, ', c.names, '; the limit is ', $most, '.')
        )
        else alarm_if(
            coalesce(c.users, 0) > $most,
            concat(c.users, ' users are administrators: ', c.names, '; the limit is ', $most, '.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join counted as c on c.account_id = a.account_id
order by a.position, a.account_id
