-- title: One actor tried many different roles within an hour
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1550.001, mitre:T1078.004, tactic:lateral_movement, cloudtrail
-- param: roles integer = 5   # Different roles in an hour from which it counts
-- param: tools text[] = iamsql-audit   # Roles that tools take in every account, by name
--
-- Somebody who looks for a way up tries the roles one by one, and refusals are part of it. Found are callers with at
-- least `$roles` different roles in one hour. See which of them let the caller in (`detail`), what the sessions did,
-- and who the caller is supposed to be.
-- False positives: audit and backup tools, and pipelines that enter each account of an organization with a role of the
-- same name: name these roles in `$tools`. The role that this project uses itself is there already.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region,
        coalesce(e.actor_arn, e.principal_id, e.user_type) as actor,
        coalesce(e.principal_id, e.actor_arn) as caller,
        e.source_ip_address as source_ip, e.event_name,
        coalesce(
            e.request_parameters ->> '$.roleArn',
            nullif(regexp_extract(e.error_message, 'on resource: (arn:[^ ]+:role/[^ ]+)', 1), '')
        ) as role_arn,
        e.error_code, e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 'sts.amazonaws.com'
        and e.event_name = 'AssumeRole'
        and e.invoked_by is null
        and e.user_type in ('AWSAccount', 'IAMUser', 'AssumedRole', 'Root', 'FederatedUser')
),

ordered as (
    select
        c.*,
        row_number() over (partition by c.caller, c.in_hour order by c.event_time, c.event_id) as nth
    from calls as c
    where
        c.role_arn not like '%:role/aws-service-role/%'
        and not list_contains($tools, split_part(c.role_arn, '/', -1))
),

bursts as (
    select
        min(o.event_time) as event_time, of_first(o.account_id, o.nth) as account_id,
        of_first(o.region, o.nth) as region, of_first(o.actor, o.nth) as actor,
        of_first(o.source_ip, o.nth) as source_ip, of_first(o.event_name, o.nth) as event_name,
        left(string_agg(distinct o.role_arn, ', ' order by o.role_arn), 500) as target,
        count(distinct o.role_arn) as different,
        concat(
            count(distinct o.role_arn), ' roles, entered: ',
            count(distinct case when o.error_code is null then o.role_arn end),
            ', calls refused or failed: ', count(o.error_code), ', until ', max(o.event_time)
        ) as detail,
        of_first(o.event_id, o.nth) as event_id
    from ordered as o
    group by o.caller, o.in_hour
)

select b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name, b.target, b.detail, b.event_id
from bursts as b
where b.different >= $roles
order by b.event_time desc, b.event_id
