-- title: Ensure administrators have no active access keys
-- kind: control
-- severity: high
-- version: 1
-- tags: permissions, admins, access-keys
--
-- An access key is a secret that works from anywhere, for as long as nobody turns it off; an administrator's is worth
-- the whole account. Use roles, whose credentials expire, for what needs such rights, and delete the key. Where the
-- service control policies were not read, a user whom they alone hold back counts as an administrator; a user who may be one by
-- a policy that was not read makes an `error` row.

select
    u.arn as resource,
    unnest(case
        when k.active is not null and d.as_read = 'blocked' then unknown(concat(
            'the user has an active access key, and may be an administrator; not read: ',
            array_to_string(d.missing, ', '), '.'
        ))
        when k.active = 1 then alarm(
            concat('The administrator has an active access key, made on ', strftime(k.oldest, '%Y-%m-%d'), '.')
        )
        when k.active > 1 then alarm(concat(
            'The administrator has ', k.active, ' active access keys, the oldest made on ',
            strftime(k.oldest, '%Y-%m-%d'), '.'
        ))
        else ok('The administrator has no active access key.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from iam_admins() as d
inner join aws_iam_user as u on u.arn = d.principal
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
