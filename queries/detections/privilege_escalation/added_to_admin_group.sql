-- title: User added to a group of administrators, or user that added itself to a group
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: admin_like text = 'admin|power|super|root|owner|break.?glass'  # Regular expression for names of administrator groups
--
-- Detects users that add themselves to a group, and users that are added to a group of administrators. A group counts
-- if its name matches `$admin_like`, or if it has a policy that allows everything or lets its holder extend the
-- permissions of any principal. The content of a policy comes from earlier events or from the run. Group membership
-- grants permissions without a change of any policy. Remove the user from the group, then review the policies of the
-- group and what the user did since.
-- False positives: an administrator who onboards another administrator, and the setup of an account, where the
-- first administrator joins the group. Group names can match `$admin_like` by chance.

with additions as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
        c.request_parameters ->> '$.groupName' as group_name,
        c.username = (c.request_parameters ->> '$.userName') as is_own,
        c.user_type, c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where c.event_name = 'AddUserToGroup'
),

policies as (
    select
        a.event_id,
        case
            when regexp_matches(p.policy_arn, ':iam::aws:policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$')
                then split_part(p.policy_arn, '/', -1)
            else array_to_string(iam_document_admin_statements(coalesce(p.document, d.document)), '; ')
        end as power
    from additions as a
    inner join group_policies() as p
        on
            p.account_id = a.account_id
            and p.group_name = a.group_name
            and (p.since is null or p.since <= a.event_time)
    asof left join policy_documents() as d
        on d.account_id = a.account_id and d.policy_arn = p.policy_arn and d.since <= a.event_time
),

powers as (
    select p.event_id, string_agg(distinct p.power, '; ' order by p.power) as power
    from policies as p
    where p.power <> ''
    group by p.event_id
)

select
    a.event_time, a.account_id, a.region, a.actor, a.source_ip_address, a.event_name, a.target,
    concat(
        'group ', a.group_name,
        case when p.power is not null then concat(', which has ', p.power) end,
        case when a.is_own then ', by the user itself' end,
        ', through ' || a.invoked_by
    ) as detail,
    a.event_id
from additions as a
left join powers as p on p.event_id = a.event_id
where
    regexp_matches(lower(a.group_name), $admin_like)
    or (a.user_type = 'IAMUser' and a.is_own)
    or p.power is not null
order by a.event_time desc, a.event_id
