-- The passwords, access keys and MFA devices of users and root users, and the widest principal that each role trusts.

key_counts as (
    select k.account_id, k.user_name, count(*) filter (k.status = 'Active') as active
    from aws_iam_access_key as k
    group by k.account_id, k.user_name
),

-- The users with their passwords, keys and level. Unknown values are NULL.
users as materialized (
    select
        u.account_id, u.name, u.position,
        u.password_enabled as has_password, u.mfa_enabled as has_mfa,
        coalesce(contains(cast(u.mfa_devices as varchar), ':mfa/'), false) as is_virtual,
        coalesce(u.password_last_used, r.password_last_used) as last_sign_in,
        r.user_name is not null or c.lists_users = 1 or u.password_last_used is not null as last_sign_in_known,
        coalesce(r.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz)) as password_changed,
        u.create_date,
        coalesce(
            case when c.lists_keys = 1 then coalesce(l.active, 0) end,
            case
                when r.access_key_1_active is not null and r.access_key_2_active is not null
                    then cast(r.access_key_1_active as integer) + cast(r.access_key_2_active as integer)
            end
        ) as keys,
        case
            when v.is_admin or (v.rank >= 4 and not v.has_boundary) then 4
            when coalesce(v.is_incomplete, false) or not (coalesce(c.has_details, 0) = 1 or coalesce(c.alternatives, 0) = 1)
                then null
            when v.has_boundary and coalesce(v.rank, 0) > 0 and v.cap is null then null
            when v.has_boundary then least(coalesce(v.rank, 0), v.cap)
            else coalesce(v.rank, 0)
        end as rank
    from aws_iam_user as u
    left join aws_iam_credential_report as r on r.account_id = u.account_id and r.user_name = u.name
    left join calls as c on c.account_id = u.account_id
    left join key_counts as l on l.account_id = u.account_id and l.user_name = u.name
    left join privileges as v on v.principal_arn = u.arn
),

-- The root users of the accounts that were read.
root_users as (
    select
        a.account_id,
        coalesce(s.account_password_present, r.password_enabled) as has_password,
        coalesce(s.account_mfa_enabled, r.mfa_active) as has_mfa,
        d.account_id is not null as is_virtual,
        case
            when r.access_key_1_active or r.access_key_2_active then 'key'
            when s.account_access_keys_present > 0 and r.user_name is not null then 'key_inactive'
            when s.account_access_keys_present > 0 then 'key'
            when s.account_access_keys_present = 0 then ''
            when coalesce(r.access_key_1_last_rotated, r.access_key_2_last_rotated) is not null then 'key_inactive'
            when not r.access_key_1_active and not r.access_key_2_active then ''
        end as key,
        greatest(r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date) as last_used,
        r.user_name is not null as last_use_known
    from iamsql.accounts as a
    left join aws_iam_account_summary as s on s.account_id = a.account_id
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
    left join root_virtual_devices() as d on d.account_id = a.account_id
    where a.outcome in ('complete', 'incomplete')
),

-- The widest principal that each role's trust policy allows:
--   5: everyone
--   4: an OpenID Connect provider without a condition on the subject
--   3: an account or organization outside, without a condition
--   2: everyone, or an account or organization outside, with conditions
--   1: an identity provider
--   0: the own organization
-- A condition that names the account or organization does not count.
trusts as (
    select
        e.role_arn as arn,
        max(case
            when e.kind = 'federated' and e.who."value" not like '%:saml-provider/%'
                and len([1 for condition_ in e.conditions if condition_.key like '%:sub']) = 0 then 4
            when e.kind = 'federated' then 1
            when e.kind in ('service', 'deleted') or e.side in ('nobody', 'own account', 'own organization') then 0
            when e.side = 'everyone' and len(e.conditions) = 0 then 5
            when e.side <> 'everyone' and len(e.conditions) = len(iam_caller_keys(e.conditions, e.kind = 'anyone')) then 3
            else 2
        end) as rank,
        bool_or(e.kind in ('anyone', 'outside', 'unknown') and e.side = 'unknown') as is_incomplete
    from trust_edges() as e
    where e.effect = 'Allow'
    group by e.role_arn
),
