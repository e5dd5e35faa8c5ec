-- title: Many different roles tried by one caller
-- kind: detection
-- severity: medium
-- tags: mitre:T1550.001, mitre:T1078.004, tactic:lateral_movement, cloudtrail
-- param: roles integer = 5            # Minimum number of distinct roles in a clock hour
-- param: tools text[] = iamsql-audit  # Names of roles to exclude, because tools assume them in every account
--
-- Detects a caller that tries to assume at least `$roles` different roles within a clock hour, successfully or not. An
-- attacker who looks for more permissions tries role after role. `detail` shows how many roles could be assumed.
-- Review what the sessions did, and identify the caller.
-- False positives: audit and backup tools, and pipelines that assume a role with the same name in each account of an
-- organization. Add the names of these roles to `$tools`, which contains the role of iamsql by default.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region,
        coalesce(e.actor_arn, e.principal_id, e.user_type) as actor,
        coalesce(e.principal_id, e.actor_arn) as caller,
        e.source_ip_address, e.event_name,
        coalesce(
            e.target,
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

bursts as (
    select
        first_call(c) as first_call,
        left(string_agg(distinct c.role_arn, ', ' order by c.role_arn), 500) as role_arns,
        count(distinct c.role_arn) as roles,
        concat(
            count(distinct c.role_arn), ' roles, assumed: ',
            count(distinct case when c.error_code is null then c.role_arn end),
            ', failed calls: ', count(c.error_code), ', until ', max(c.event_time)
        ) as detail
    from calls as c
    where
        not iam_is_service_linked_role(c.role_arn)
        and not list_contains($tools, split_part(c.role_arn, '/', -1))
    group by c.caller, c.in_hour
)

select
    b.first_call.event_time, b.first_call.account_id, b.first_call.region, b.first_call.actor,
    b.first_call.source_ip_address, b.first_call.event_name, b.role_arns as target, b.detail, b.first_call.event_id
from bursts as b
where b.roles >= $roles
order by b.first_call.event_time desc, b.first_call.event_id
