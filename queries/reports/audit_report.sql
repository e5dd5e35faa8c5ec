-- title: Users, root users and their access keys, with a risk score
-- kind: report
-- severity: high
-- version: 2
-- tags: access-keys, mfa, root, passwords
-- param: days integer = 90            # Age in days from which a key is old
-- param: idle_days integer = 45       # Days without use from which a credential counts as unused
-- param: weights text = {}            # Other points for user_risk and key_risk; risk_weights lists them
--
-- One row for each access key of a user, one for each user without a key, and one for each root user, or two when it
-- has two keys. Root keys have no id, only a slot. An empty cell is unknown or does not apply; `unknowns` names what
-- could not be read, and accounts of which nothing could be read are in `skipped_accounts`.
--
-- `risk_score` runs from 0 to 100 and adds up. Users: a password without MFA 40 (20 when MFA is unknown), administrator
-- rights 20, an active key at least `days` old 15 (30 from a year on), an active key or a password unused for
-- `idle_days` 15 each, two active keys 10, policies attached to the user directly 5. Root: a key 60, no MFA 40 unless
-- there is no password either, use within `days` 20. Anything unknown adds 5. `risk_reasons` says what counted. The
-- score sorts a list; it measures nothing. Administrator means the AWS policy AdministratorAccess or a statement that
-- allows every action on every resource without a condition, attached, inline or by a group; boundaries and service
-- control policies are not weighed against it.
--
-- `user_risk` and `key_risk` run from 0 to 10 and are those of `risk_score`, which takes privileges, boundaries and kinds
-- of MFA into account: of the user, or root, and of the key. `weights` gives other points for them. `risk_certainty` is
-- `at least` where something that counts could not be read.

with calls as (
    select c.account_id, c.operation, min(case when c.status = 'ok' then 1 else 0 end) as whole
    from iamsql.coverage as c
    where c.service = 'iam' and coalesce(c.error_code, '') <> 'not_selected'
    group by c.account_id, c.operation
),

answered as (
    select
        c.account_id,
        max(case when c.operation = 'ListUsers' then c.whole else 0 end) as user_list,
        max(case when c.operation = 'ListVirtualMFADevices' then c.whole else 0 end) as devices,
        max(case when c.operation = 'ListAccessKeys' then c.whole else 0 end) as key_lists,
        max(case
            when c.operation in ('GetAccountAuthorizationDetails', 'ListGroupsForUser') then c.whole
            else 0
        end) as memberships,
        max(case
            when c.operation in ('GetAccountAuthorizationDetails', 'ListAttachedUserPolicies') then c.whole
            else 0
        end) as attachments,
        max(case
            when c.operation in ('GetAccountAuthorizationDetails', 'ListUserPolicies') then c.whole
            else 0
        end) as inlines,
        max(case when c.operation = 'GetAccountAuthorizationDetails' then c.whole else 0 end) as details,
        min(case
            when c.operation in (
                'ListGroupsForUser', 'ListAttachedUserPolicies', 'ListUserPolicies', 'GetUserPolicy', 'ListGroups',
                'ListAttachedGroupPolicies', 'ListGroupPolicies', 'GetGroupPolicy', 'ListPolicies', 'GetPolicyVersion'
            ) then c.whole
        end) as stand_ins
    from calls as c
    group by c.account_id
),

holders as (
    select 'user' as kind, u.account_id, u.name, u.attached_policy_arns as arns, u.inline_policies_std as documents
    from aws_iam_user as u
    union all
    select 'group' as kind, g.account_id, g.name, g.attached_policy_arns as arns, g.inline_policies_std as documents
    from aws_iam_group as g
),

attached as (
    select h.kind, h.account_id, h.name, t.arn
    from holders as h
    cross join unnest(json_extract_string(h.arns, '$[*]')) as t(arn)
),

statements as (
    select h.kind, h.account_id, h.name, t.statement
    from holders as h
    cross join unnest(json_extract(h.documents, '$[*].PolicyDocument.Statement[*]')) as t(statement)
    union all
    select a.kind, a.account_id, a.name, t.statement
    from attached as a
    inner join aws_iam_policy as p on p.account_id = a.account_id and p.arn = a.arn
    cross join unnest(json_extract(p.policy_std, '$.Statement[*]')) as t(statement)
),

full_holders as (
    select a.kind, a.account_id, a.name
    from attached as a
    where a.arn like 'arn:%:iam::aws:policy/AdministratorAccess'
    union
    select s.kind, s.account_id, s.name
    from statements as s
    where
        (s.statement ->> '$.Effect') = 'Allow'
        and cast(json_extract(s.statement, '$.Action') as varchar) like '%"*"%'
        and cast(json_extract(s.statement, '$.Resource') as varchar) like '%"*"%'
        and json_extract(s.statement, '$.Condition') is null
),

memberships as (
    select u.account_id, u.name as user_name, coalesce(t.item ->> '$.GroupName', t.item ->> '$') as group_name
    from aws_iam_user as u
    cross join unnest(json_extract(u.groups, '$[*]')) as t(item)
),

groupings as (
    select
        m.account_id,
        m.user_name,
        string_agg(m.group_name, ', ' order by m.group_name) as group_names,
        max(case when h.name is not null then 1 else 0 end) = 1 as is_full
    from memberships as m
    left join full_holders as h on h.kind = 'group' and h.account_id = m.account_id and h.name = m.group_name
    group by m.account_id, m.user_name
),

active_keys as (
    select k.account_id, k.user_name, count(*) as keys
    from aws_iam_access_key as k
    where k.status = 'Active'
    group by k.account_id, k.user_name
),

root_devices as (
    select distinct v.account_id
    from aws_iam_virtual_mfa_device as v
    where (v."user" ->> '$.Arn') like '%:root' or v.serial_number like '%:mfa/root-account-mfa-device'
),

root_slots as (
    select
        r.account_id,
        n.slot,
        case n.slot when 1 then r.access_key_1_active else r.access_key_2_active end as is_active,
        case n.slot when 1 then r.access_key_1_last_rotated else r.access_key_2_last_rotated end as made,
        case n.slot when 1 then r.access_key_1_last_used_date else r.access_key_2_last_used_date end as used,
        case n.slot when 1 then r.access_key_1_last_used_service else r.access_key_2_last_used_service end as service,
        case n.slot when 1 then r.access_key_1_last_used_region else r.access_key_2_last_used_region end as region
    from aws_iam_credential_report as r
    cross join (values (1), (2)) as n(slot)
    where r.user_name = '<root_account>'
),

people as (
    select
        u.account_id,
        'user' as principal,
        u.position as user_position,
        k.position as key_position,
        u.name as user_name,
        u.create_date as created,
        u.password_enabled as has_password,
        coalesce(r.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz)) as changed,
        u.password_last_used as signed_in,
        r.user_name is not null or n.user_list = 1 or u.password_last_used is not null as sign_in_known,
        u.mfa_enabled as has_mfa,
        u.mfa_devices ->> '$[0].SerialNumber' as device,
        n.devices = 1 as devices_known,
        case when k.access_key_id is not null then true when n.key_lists = 1 then false end as has_key,
        k.access_key_id is not null or coalesce(n.key_lists, 0) = 1 as keys_known,
        k.access_key_id,
        k.slot,
        k.status,
        k.create_date as key_made,
        k.access_key_last_used_date as key_used,
        k.access_key_last_used_service as key_service,
        k.access_key_last_used_region as key_region,
        coalesce(k.last_used_known, k.access_key_id is null) or k.access_key_last_used_date is not null as use_known,
        coalesce(v.keys, case when n.key_lists = 1 then 0 end) as active_key_count,
        case when n.memberships = 1 then coalesce(g.group_names, '') else g.group_names end as group_names,
        case
            when u.attached_policy_arns is not null then json_array_length(u.attached_policy_arns)
            when n.attachments = 1 then 0
        end as attached_count,
        case
            when u.inline_policies is not null then json_array_length(u.inline_policies)
            when n.inlines = 1 then 0
        end as inline_count,
        u.permissions_boundary_arn as boundary_arn,
        case
            when h.name is not null or g.is_full then true
            when n.details = 1 or n.stand_ins = 1 then false
        end as is_full,
        cast(null as timestamptz) as root_used,
        r.generated_time
    from aws_iam_user as u
    left join aws_iam_access_key as k on k.account_id = u.account_id and k.user_name = u.name
    left join aws_iam_credential_report as r on r.account_id = u.account_id and r.user_name = u.name
    left join answered as n on n.account_id = u.account_id
    left join active_keys as v on v.account_id = u.account_id and v.user_name = u.name
    left join groupings as g on g.account_id = u.account_id and g.user_name = u.name
    left join full_holders as h on h.kind = 'user' and h.account_id = u.account_id and h.name = u.name
    union all
    select
        a.account_id,
        'root',
        cast(-1 as bigint),
        cast(t.slot as bigint),
        '<root_account>',
        r.user_creation_time,
        coalesce(s.account_password_present, r.password_enabled),
        r.password_last_changed,
        r.password_last_used,
        r.user_name is not null,
        coalesce(s.account_mfa_enabled, r.mfa_active),
        case when d.account_id is not null then ':mfa/' end,
        n.devices = 1,
        case
            when t.slot is not null or s.account_access_keys_present > 0 then true
            when s.account_access_keys_present = 0 then false
        end,
        t.slot is not null or s.account_access_keys_present is not null,
        null,
        t.slot,
        case when t.is_active then 'Active' when t.slot is not null then 'Inactive' end,
        t.made,
        t.used,
        t.service,
        t.region,
        r.user_name is not null or coalesce(s.account_access_keys_present = 0, false),
        case
            when r.user_name is not null
                then
                    case when r.access_key_1_active then 1 else 0 end
                    + case when r.access_key_2_active then 1 else 0 end
            when s.account_access_keys_present = 0 then 0
        end,
        null,
        null,
        null,
        null,
        true,
        greatest(r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date),
        r.generated_time
    from iamsql.accounts as a
    left join aws_iam_account_summary as s on s.account_id = a.account_id
    left join aws_iam_credential_report as r on r.account_id = a.account_id and r.user_name = '<root_account>'
    left join answered as n on n.account_id = a.account_id
    left join root_devices as d on d.account_id = a.account_id
    left join root_slots as t
        on t.account_id = a.account_id and (t.is_active or t.made is not null or t.used is not null)
),

judged as (
    select
        p.*,
        m.moment,
        p.principal = 'user' as is_user,
        coalesce(not p.has_mfa, false) as lacks_mfa,
        coalesce(p.status = 'Active', false) as is_active,
        coalesce(p.signed_in, p.changed, p.created)
        <= m.moment - $idle_days * interval '24 hours' as signs_in_rarely,
        coalesce(p.key_used, p.key_made) <= m.moment - $idle_days * interval '24 hours' as key_idle,
        p.key_made <= m.moment - $days * interval '24 hours' as key_old,
        p.key_made <= m.moment - 365 * interval '24 hours' as key_very_old,
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
    from people as p
    cross join (select as_of() as moment) as m
),

weighed as (
    select
        j.*,
        case when j.is_user and j.has_password and j.lacks_mfa then 40 else 0 end as w_console,
        case
            when j.is_user and j.has_mfa is null and coalesce(j.has_password, true) then 20
            else 0
        end as w_mfa_unknown,
        case when j.is_user and j.is_full then 20 else 0 end as w_full,
        case
            when j.is_user and j.is_active and j.key_very_old then 30
            when j.is_user and j.is_active and j.key_old then 15
            else 0
        end as w_old,
        case when j.is_user and j.is_active and j.use_known and j.key_idle then 15 else 0 end as w_idle,
        case
            when j.is_user and j.has_password and j.sign_in_known and j.signs_in_rarely then 15
            else 0
        end as w_password,
        case when j.is_user and j.active_key_count > 1 then 10 else 0 end as w_two,
        case when j.is_user and j.attached_count + j.inline_count > 0 then 5 else 0 end as w_direct,
        case when not j.is_user and j.has_key then 60 else 0 end as w_root_key,
        case when not j.is_user and j.lacks_mfa and coalesce(j.has_password, true) then 40 else 0 end as w_root_mfa,
        case
            when not j.is_user and j.root_used > j.moment - $days * interval '24 hours' then 20
            else 0
        end as w_root_used,
        case when j.unknowns <> '' then 5 else 0 end as w_unknown
    from judged as j
),

risks as (
    select r.kind, r.account_id, r.name, r.access_key_id, r.score, r.certainty
    from iam_risk($weights, $days, $idle_days) as r
    where r.kind <> 'role'
)

select
    w.account_id as account_id,
    a.name as account_name,
    a.ou_path as ou_path,
    w.principal as principal,
    w.user_name as user_name,
    cast(floor((extract(epoch from w.moment) - extract(epoch from w.created)) / 86400) as bigint) as user_age_days,
    w.has_password as password_enabled,
    w.signed_in as password_last_used,
    cast(floor((extract(epoch from w.moment) - extract(epoch from w.changed)) / 86400) as bigint) as password_age_days,
    w.has_mfa as mfa_enabled,
    case
        when w.has_mfa is null then 'unknown'
        when not w.has_mfa then 'none'
        when w.device like '%:mfa/%' then 'virtual'
        when w.device like '%:u2f/%' then 'security key'
        when w.device is not null then 'hardware'
        when w.devices_known then 'hardware or passkey'
        else 'on'
    end as mfa,
    w.has_key as has_key,
    w.access_key_id as access_key_id,
    cast(w.slot as integer) as key_slot,
    w.status as key_status,
    w.key_made as key_created,
    cast(floor((extract(epoch from w.moment) - extract(epoch from w.key_made)) / 86400) as bigint) as key_age_days,
    w.key_used as key_last_used,
    case
        when w.use_known
            then cast(floor((
                extract(epoch from w.moment) - extract(epoch from coalesce(w.key_used, w.key_made))
            ) / 86400) as bigint)
    end as key_unused_days,
    w.key_service as key_last_used_service,
    w.key_region as key_last_used_region,
    cast(w.active_key_count as integer) as active_keys,
    nullif(w.group_names, '') as groups,
    cast(w.attached_count as integer) as attached_policies,
    cast(w.inline_count as integer) as inline_policies,
    w.is_full as administrator,
    w.boundary_arn as permissions_boundary,
    nullif(w.unknowns, '') as unknowns,
    least(
        100,
        w.w_console + w.w_mfa_unknown + w.w_full + w.w_old + w.w_idle + w.w_password + w.w_two + w.w_direct
        + w.w_root_key + w.w_root_mfa + w.w_root_used + w.w_unknown
    ) as risk_score,
    nullif(concat_ws(
        ', ',
        case when w.w_root_key > 0 then 'root key' end,
        case when w.w_root_mfa > 0 then 'root without MFA' end,
        case when w.w_root_used > 0 then 'root in use' end,
        case when w.w_console > 0 then 'password without MFA' end,
        case when w.w_mfa_unknown > 0 then 'MFA unknown' end,
        case when w.w_full > 0 then 'administrator' end,
        case when w.w_old = 30 then 'key older than a year' when w.w_old > 0 then 'old key' end,
        case when w.w_idle > 0 then 'unused key' end,
        case when w.w_password > 0 then 'unused password' end,
        case when w.w_two > 0 then 'two active keys' end,
        case when w.w_direct > 0 then 'direct policies' end,
        case when w.w_unknown > 0 then 'unknowns' end
    ), '') as risk_reasons,
    w.generated_time as report_time,
    w.moment as as_of,
    u.score as user_risk,
    k.score as key_risk,
    case when u.certainty = 'exact' and coalesce(k.certainty, 'exact') = 'exact' then 'exact' else 'at least' end
        as risk_certainty
from weighed as w
inner join iamsql.accounts as a on a.account_id = w.account_id
left join risks as u on u.kind = w.principal and u.account_id = w.account_id and u.name = w.user_name
left join risks as k on k.kind = 'key' and k.account_id = w.account_id and k.access_key_id = w.access_key_id
where a.outcome in ('read', 'partial')
order by a.position, w.user_position, w.key_position, w.slot
