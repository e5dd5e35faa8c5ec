-- title: Users, root users and their access keys, with a risk score
-- kind: report
-- severity: high
-- version: 2
-- tags: access-keys, mfa, root, passwords
-- columns: risk_score, account, user_name, access_key_id, key_age_days, mfa
-- param: days integer = 90       # Age at which a key is old, in days
-- param: unused_days integer = 45  # Days without use after which a credential is unused
-- param: weights text = {}       # Points that replace the defaults, such as {"mfa.none": 4}; see risk_weights
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
--
-- Returns one row for each access key of a user, one for each user without a key, and one for each root user, or two
-- if it has two keys. Root keys have no ID, only a slot. A NULL value is unknown or does not apply; `unknowns` lists
-- what could not be read, and accounts that could not be read at all are in `skipped_accounts`.
--
-- `risk_score` ranges from 0 to 10 and comes from the query risk_score: the score of the key if the row has one,
-- otherwise the score of the user or root user. `risk_reason` lists the facts that count. `user_risk` is the score of
-- the user or root user in each of its rows. `risk_certainty` is `at least` if a fact that counts in either score could
-- not be read, otherwise `exact`. Scores order a list and measure nothing. Start with the highest scores: deactivate
-- old and unused keys, and assign MFA devices.
--
-- `administrator` means the AWS managed policy AdministratorAccess, or a statement that allows every action on every
-- resource without a condition; attached, inline or by a group. Permissions boundaries, denials and service control
-- policies are not considered, unlike in the score and in `admins`.

with calls as (
    select c.account_id, c.operation, min(case when c.status = 'ok' then 1 else 0 end) as is_complete
    from iamsql.coverage as c
    where c.service = 'iam' and coalesce(c.error_code, '') <> 'not_selected'
    group by c.account_id, c.operation
),

-- GetAccountAuthorizationDetails returns users, groups, roles and policies. Where it failed, the sync makes the other calls
-- that together return the same.
reads as (
    select
        c.account_id,
        bool_or(c.operation = 'ListUsers') as users,
        bool_or(c.operation = 'ListVirtualMFADevices') as devices,
        bool_or(c.operation = 'ListAccessKeys') as keys,
        bool_or(c.operation in ('GetAccountAuthorizationDetails', 'ListGroupsForUser')) as memberships,
        bool_or(c.operation in ('GetAccountAuthorizationDetails', 'ListAttachedUserPolicies')) as attachments,
        bool_or(c.operation in ('GetAccountAuthorizationDetails', 'ListUserPolicies')) as inline_policies,
        bool_or(c.operation = 'GetAccountAuthorizationDetails') as details
    from calls as c
    where c.is_complete = 1
    group by c.account_id
),

substitutes as (
    select c.account_id, min(c.is_complete) as is_complete
    from calls as c
    where
        c.operation in (
            'ListGroupsForUser', 'ListAttachedUserPolicies', 'ListUserPolicies', 'GetUserPolicy', 'ListGroups',
            'ListAttachedGroupPolicies', 'ListGroupPolicies', 'GetGroupPolicy', 'ListPolicies', 'GetPolicyVersion'
        )
    group by c.account_id
),

memberships as (
    select u.account_id, u.name as user_name, coalesce(t.item ->> '$.GroupName', t.item ->> '$') as group_name
    from aws_iam_user as u
    cross join unnest(json_extract(u.groups, '$[*]')) as t(item)
),

groupings as (
    select m.account_id, m.user_name, string_agg(m.group_name, ', ' order by m.group_name) as group_names
    from memberships as m
    group by m.account_id, m.user_name
),

root_slots as (
    select
        r.account_id, n.slot,
        case n.slot when 1 then r.access_key_1_active else r.access_key_2_active end as is_active,
        case n.slot when 1 then r.access_key_1_last_rotated else r.access_key_2_last_rotated end as create_date,
        case n.slot when 1 then r.access_key_1_last_used_date else r.access_key_2_last_used_date end as last_used_date,
        case n.slot when 1 then r.access_key_1_last_used_service else r.access_key_2_last_used_service end as service,
        case n.slot when 1 then r.access_key_1_last_used_region else r.access_key_2_last_used_region end as region
    from aws_iam_credential_report as r
    cross join (values (1), (2)) as n(slot)
    where r.user_name = '<root_account>'
),

principals as (
    select
        u.account_id, 'user' as principal, u.position as user_position, k.position as key_position,
        u.name as user_name, u.create_date as created, u.password_enabled as has_password,
        coalesce(r.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz)) as password_changed,
        u.password_last_used as signed_in,
        r.user_name is not null or n.users or u.password_last_used is not null as sign_in_known,
        u.mfa_enabled as has_mfa,
        u.mfa_devices ->> '$[0].SerialNumber' as device,
        n.devices as devices_known,
        case when k.access_key_id is not null then true when n.keys then false end as has_key,
        k.access_key_id is not null or coalesce(n.keys, false) as keys_known,
        k.access_key_id, k.slot, k.status, k.create_date as key_create_date, k.access_key_last_used_date as key_used,
        k.access_key_last_used_service as key_service, k.access_key_last_used_region as key_region,
        coalesce(k.last_used_known, k.access_key_id is null) or k.access_key_last_used_date is not null as use_known,
        coalesce(y.active, case when n.keys then 0 end) as active_key_count,
        case when n.memberships then coalesce(g.group_names, '') else g.group_names end as group_names,
        case
            when u.attached_policy_arns is not null then json_array_length(u.attached_policy_arns)
            when n.attachments then 0
        end as attached_count,
        case
            when u.inline_policies is not null then json_array_length(u.inline_policies)
            when n.inline_policies then 0
        end as inline_count,
        u.permissions_boundary_arn as boundary_arn,
        case
            when p.admin = 1 then true
            when coalesce(p.unread, 0) = 0 and (n.details or b.is_complete = 1) then false
        end as is_full,
        r.generated_time
    from aws_iam_user as u
    left join aws_iam_access_key as k on k.account_id = u.account_id and k.user_name = u.name
    left join aws_iam_credential_report as r on r.account_id = u.account_id and r.user_name = u.name
    left join reads as n on n.account_id = u.account_id
    left join substitutes as b on b.account_id = u.account_id
    left join active_keys() as y on y.account_id = u.account_id and y.user_name = u.name
    left join groupings as g on g.account_id = u.account_id and g.user_name = u.name
    left join full_privileges('user') as p on p.account_id = u.account_id and p.principal_name = u.name
    union all
    select
        a.account_id, 'root',
        cast(-1 as bigint),
        cast(t.slot as bigint),
        '<root_account>', r.user_creation_time,
        coalesce(s.account_password_present, r.password_enabled),
        r.password_last_changed, r.password_last_used,
        r.user_name is not null,
        coalesce(s.account_mfa_enabled, r.mfa_active),
        case when d.account_id is not null then ':mfa/' end,
        n.devices,
        case
            when t.slot is not null or s.account_access_keys_present > 0 then true
            when s.account_access_keys_present = 0 then false
        end,
        t.slot is not null or s.account_access_keys_present is not null,
        null, t.slot,
        case when t.is_active then 'Active' when t.slot is not null then 'Inactive' end,
        t.create_date, t.last_used_date, t.service, t.region,
        r.user_name is not null or coalesce(s.account_access_keys_present = 0, false),
        case
            when r.user_name is not null
                then
                    case when r.access_key_1_active then 1 else 0 end
                    + case when r.access_key_2_active then 1 else 0 end
            when s.account_access_keys_present = 0 then 0
        end,
        null, null, null, null, true, r.generated_time
    from iamsql.accounts as a
    left join aws_iam_account_summary as s on s.account_id = a.account_id
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
    left join reads as n on n.account_id = a.account_id
    left join root_virtual_devices() as d on d.account_id = a.account_id
    left join root_slots as t
        on t.account_id = a.account_id and (t.is_active or t.create_date is not null or t.last_used_date is not null)
),

principal_facts as (
    select
        p.*, o.as_of,
        concat_ws(
            ', ',
            case when p.has_password is null then 'password' end,
            case when not coalesce(p.sign_in_known, false) and coalesce(p.has_password, true) then 'last sign-in' end,
            case when p.has_mfa is null then 'MFA' end,
            case when not p.keys_known then 'keys' end,
            case when not p.use_known then 'last use of the key' end,
            case when p.principal = 'user' and p.group_names is null then 'groups' end,
            case
                when p.attached_count is null and p.principal = 'user' then 'policies'
                when p.inline_count is null and p.principal = 'user' then 'policies'
                when p.is_full is null then 'policies'
            end
        ) as unknowns
    from principals as p
    cross join (select as_of() as as_of) as o
),

risks as (
    select r.kind, r.account_id, r.name, r.access_key_id, r.score, r.certainty, r.reason
    from iam_risk($weights, $days, $unused_days) as r
    where r.kind <> 'role'
)

select
    f.account_id, a.name as account_name, a.ou_path, f.principal, f.user_name,
    days_between(f.created, f.as_of) as user_age_days,
    f.has_password as password_enabled, f.signed_in as password_last_used,
    days_between(f.password_changed, f.as_of) as password_age_days,
    f.has_mfa as mfa_enabled,
    case
        when f.has_mfa is null then 'unknown'
        when not f.has_mfa then 'none'
        when f.device like '%:mfa/%' then 'virtual'
        when f.device like '%:u2f/%' then 'security key'
        when f.device is not null then 'hardware'
        when f.devices_known then 'hardware or passkey'
        else 'on'
    end as mfa,
    f.has_key, f.access_key_id,
    cast(f.slot as integer) as key_slot,
    f.status as key_status, f.key_create_date as key_created,
    days_between(f.key_create_date, f.as_of) as key_age_days,
    f.key_used as key_last_used,
    case
        when f.use_known
            then days_between(coalesce(f.key_used, f.key_create_date), f.as_of)
    end as key_unused_days,
    f.key_service as key_last_used_service, f.key_region as key_last_used_region,
    cast(f.active_key_count as integer) as active_keys,
    nullif(f.group_names, '') as groups,
    cast(f.attached_count as integer) as attached_policies,
    cast(f.inline_count as integer) as inline_policies,
    f.is_full as administrator, f.boundary_arn as permissions_boundary,
    nullif(f.unknowns, '') as unknowns,
    case when f.access_key_id is not null then k.score else u.score end as risk_score,
    case when f.access_key_id is not null then k.reason else u.reason end as risk_reason,
    f.generated_time as report_time, f.as_of, u.score as user_risk,
    case when u.certainty = 'exact' and coalesce(k.certainty, 'exact') = 'exact' then 'exact' else 'at least' end
        as risk_certainty
from principal_facts as f
inner join iamsql.accounts as a on a.account_id = f.account_id
left join risks as u on u.kind = f.principal and u.account_id = f.account_id and u.name = f.user_name
left join risks as k on k.kind = 'key' and k.account_id = f.account_id and k.access_key_id = f.access_key_id
where a.outcome in ('complete', 'incomplete')
order by a.position, f.user_position, f.key_position, f.slot
