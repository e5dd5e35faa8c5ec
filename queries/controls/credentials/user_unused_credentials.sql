-- title: Ensure credentials unused for 45 days or more are disabled
-- kind: control
-- severity: medium
-- tags: access-keys, passwords, users, cis_v1.2:1.3, cis_v3.0:1.12, cis_v7.0:2.11, fsbp:IAM.8, security_hub:IAM.22, config:iam-user-unused-credentials-check
-- param: days integer = 45              # Days without use after which a credential is unused
-- remediation: iamsql query unused_credentials --arg unused_days={days}
-- remediation: # An unused password: aws iam delete-login-profile --user-name {user_name}
-- remediation: # An unused access key: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
--
-- An unused password or access key can be stolen and abused without anybody noticing. Disable it. There is one row for
-- each user, with an alarm if any of the user's credentials is unused. A credential that was never used is evaluated by
-- the date on which it was set or created. The Powerpipe control includes the root user; here see `root_last_used`.

with credentials as (
    select
        p.account_id, p.arn, 'the password' as credential, p.has_password as is_enabled, p.use_known as is_known,
        p.last_used is null as is_never_used, days_between(coalesce(p.last_used, p.set_at), as_of()) as unused_days
    from user_passwords() as p
    where p.has_password or p.has_password is null
    union all
    select
        k.account_id, u.arn, concat('key ', k.access_key_id) as credential, true as is_enabled, k.is_known,
        not k.is_used as is_never_used, k.unused_days
    from iam_access_keys() as k
    inner join aws_iam_user as u on u.account_id = k.account_id and u.name = k.user_name
    where k.status = 'Active'
),

users as (
    select
        c.account_id, c.arn,
        string_agg(
            case
                when c.is_enabled and c.is_known and c.unused_days >= $days then concat(
                    c.credential, case when c.is_never_used then ' (never used in ' else ' (last used ' end,
                    in_days(c.unused_days), case when c.is_never_used then ')' else ' ago)' end
                )
            end,
            ', '
            order by c.credential desc
        ) as unused,
        string_agg(
            case when not coalesce(c.is_enabled and c.is_known, false) then c.credential end, ', '
            order by c.credential desc
        ) as unknown
    from credentials as c
    where c.unused_days >= $days or c.is_enabled is null
    group by c.account_id, c.arn
)

select
    u.arn as resource,
    unnest(case
        when c.unused is not null then alarm(concat('Unused for ', in_days($days), ' or more: ', c.unused, '.'))
        when c.unknown is not null then unknown(concat('the last use of ', c.unknown, ' could not be read.'))
        else ok(concat('All enabled credentials of the user were used, set or created within ', in_days($days), '.'))
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join users as c on c.account_id = u.account_id and c.arn = u.arn
order by account_position(u.account_id), u.arn
