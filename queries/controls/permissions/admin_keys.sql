-- title: Administrators have no access keys
-- kind: control
-- severity: high
-- version: 1
-- tags: permissions, admins, access-keys
--
-- An access key is a secret that works from anywhere, for as long as nobody turns it off; an administrator's is worth the
-- whole account. Use roles, whose credentials expire, for what needs such rights, and delete the key.

with keys as (
    select k.account_id, k.user_name, count(*) as number, min(k.create_date) as oldest
    from aws_iam_access_key as k
    where k.status = 'Active'
    group by k.account_id, k.user_name
)

select
    u.arn as resource,
    case when k.number > 0 then 'alarm' else 'ok' end as status,
    case
        when k.number > 0 then concat(
            u.name, ' is an administrator with ', k.number, ' active access keys, the oldest made on ',
            strftime(k.oldest, '%Y-%m-%d'), '.'
        )
        else concat(u.name, ' is an administrator without an active access key.')
    end as reason,
    u.account_id as account_id,
    'global' as region
from iam_admins() as d
inner join aws_iam_user as u on u.arn = d.principal
left join keys as k on k.account_id = u.account_id and k.user_name = u.name
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
