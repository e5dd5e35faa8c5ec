-- title: Unused passwords and access keys
-- kind: report
-- severity: medium
-- tags: access-keys, passwords, cis_v3.0:1.12, fsbp:IAM.22
-- columns: account, user_name, credential, access_key_id, state, unused_days
-- param: unused_days integer = 45  # Days without use after which a credential is unused
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: # An unused access key: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
-- remediation: # An unused password: aws iam delete-login-profile --user-name {user_name}
--
-- Returns passwords and active access keys of IAM users that are unused for at least `$unused_days` days. An unused
-- credential can be removed without an effect on anyone, and cannot be stolen afterwards. A credential that was never
-- used is measured from its creation. `state` is `unused`, or `unknown` where it could not be read whether the user
-- has a password, or when the credential was last used. Root users are excluded: see `root_activity`. Deactivate a key
-- first, and delete it if nothing fails.

with credentials as (
    select
        p.account_id, p.user_name, 'password' as credential,
        cast(null as varchar) as access_key_id,
        p.set_at as created_at, p.last_used as last_used_date,
        p.has_password is not null and p.use_known as is_known,
        case
            when p.has_password is null then 'whether there is a password could not be read'
            when not p.use_known then 'the last use could not be read'
        end as unknown_reason
    from user_passwords() as p
    where p.has_password or p.has_password is null
    union all
    select
        k.account_id, k.user_name, 'access key' as credential, k.access_key_id, k.create_date as created_at,
        k.access_key_last_used_date as last_used_date,
        coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as is_known,
        'the last use could not be read' as unknown_reason
    from aws_iam_access_key as k
    where k.status = 'Active'
)

select
    c.account_id, a.name as account_name, c.user_name, c.credential, c.access_key_id,
    case when c.is_known then 'unused' else 'unknown' end as state,
    c.created_at, c.last_used_date,
    case
        when c.is_known then days_between(coalesce(c.last_used_date, c.created_at), o.as_of)
    end as unused_days,
    case
        when not c.is_known then c.unknown_reason
        when c.last_used_date is null then concat('never used in at least ', $unused_days, ' days')
        else concat('not used for at least ', $unused_days, ' days')
    end as reason,
    o.as_of
from credentials as c
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = c.account_id
where
    coalesce(c.last_used_date, c.created_at) <= o.as_of - $unused_days * interval '24 hours'
    or (c.last_used_date is null and c.created_at is null)
order by a.position, c.user_name, c.credential desc, c.access_key_id
