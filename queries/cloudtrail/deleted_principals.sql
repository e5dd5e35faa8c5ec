-- title: Deleted users, roles, groups and access keys
-- kind: report
-- severity: info
-- tags: cloudtrail, incident
-- columns: deleted_at, kind, name, account, deleted_by
-- remediation: iamsql query user_history --arg user_name={deleted_by:name} --arg account={account_id}
-- remediation: iamsql query key_history --arg access_key_id={with_key}
--
-- Returns the successful deletions of the window, newest first, with the caller, the address, and the creation if the
-- run contains that event. IAM keeps no record of deleted principals. A principal that existed for only minutes is
-- suspicious: review what it did. `exists_again` is `yes` if a principal of the same name exists in the run, and
-- `unknown` if IAM could not be read in the account. `why_empty` shows the accounts whose events were not read.

with changes as (
    select
        e.account_id, e.event_time, e.event_id,
        e.event_name like 'Delete%' as is_deletion,
        case
            when e.event_name like '%User' then 'user'
            when e.event_name like '%Role' then 'role'
            when e.event_name like '%Group' then 'group'
            else 'access key'
        end as kind,
        case e.event_name
            when 'CreateAccessKey' then e.response_elements ->> '$.accessKey.accessKeyId'
            when 'DeleteAccessKey' then e.request_parameters ->> '$.accessKeyId'
            when 'CreateUser' then e.request_parameters ->> '$.userName'
            when 'DeleteUser' then e.request_parameters ->> '$.userName'
            when 'AcquireRole' then e.response_elements ->> '$.role.roleName'
            else coalesce(e.request_parameters ->> '$.roleName', e.request_parameters ->> '$.groupName')
        end as name,
        case
            when e.event_name = 'DeleteAccessKey' then coalesce(e.request_parameters ->> '$.userName', e.username)
        end as user_name,
        coalesce(e.actor_arn, e.username, e.invoked_by) as actor,
        e.user_type, e.access_key_id, e.source_ip_address, e.user_agent
    from aws_cloudtrail_event as e
    where
        e.event_name in (
            'CreateUser', 'CreateRole', 'AcquireRole', 'CreateGroup', 'CreateAccessKey', 'DeleteUser', 'DeleteRole',
            'DeleteGroup', 'DeleteAccessKey'
        )
        and e.event_source = 'iam.amazonaws.com'
        and e.error_code is null
),

creations as (
    select
        d.account_id, d.event_id,
        max(c.event_time) as created_at, arg_max(c.actor, {'time': c.event_time, 'id': c.event_id}) as created_by
    from changes as d
    inner join changes as c
        on
            not c.is_deletion
            and c.account_id = d.account_id
            and c.kind = d.kind
            and c.name = d.name
            and c.event_time <= d.event_time
    where d.is_deletion
    group by d.account_id, d.event_id
),

existing_principals as (
    select 'user' as kind, u.account_id, u.name from aws_iam_user as u
    union
    select 'role' as kind, r.account_id, r.name from aws_iam_role as r
    union
    select 'group' as kind, g.account_id, g.name from aws_iam_group as g
    union
    select 'access key' as kind, k.account_id, k.access_key_id as name from aws_iam_access_key as k
)

select
    d.event_time at time zone 'UTC' as deleted_at,
    d.kind, d.name, d.user_name, d.account_id, a.name as account_name, d.actor as deleted_by,
    d.user_type as actor_type, d.access_key_id as with_key, d.source_ip_address, d.user_agent,
    c.created_at at time zone 'UTC' as created_at,
    c.created_by,
    date_diff('minute', c.created_at, d.event_time) as lifetime_minutes,
    case
        when p.name is not null then 'yes'
        when case d.kind when 'access key' then k.is_complete else n.is_complete end = 1 then 'no'
        else 'unknown'
    end as exists_again,
    d.event_id,
    as_of() as as_of
from changes as d
left join creations as c on c.account_id = d.account_id and c.event_id = d.event_id
left join existing_principals as p on p.account_id = d.account_id and p.kind = d.kind and p.name = d.name
left join account_calls('iam', ['GetAccountAuthorizationDetails']) as n on n.account_id = d.account_id
left join account_calls('iam', ['ListAccessKeys']) as k on k.account_id = d.account_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.is_deletion
order by d.event_time desc, a.position, d.account_id, d.event_id
