-- title: A permissions boundary was removed or opened
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
--
-- The boundary is what keeps a delegated administrator from giving out more than he has. Without it the policies that a
-- user or role already has count in full, so look at those first, then put the boundary back and see what was done in
-- between.
-- False positives: a change of the boundary by infrastructure code, which takes it off and puts another on within
-- seconds, or a role that moves to a team without boundaries.

select
    e.event_time as event_time,
    e.account_id as account_id,
    e.region as region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip,
    e.event_name as event_name,
    e.target as target,
    concat(
        coalesce('boundary set to ' || (e.request_parameters ->> '$.permissionsBoundary'), 'boundary removed'),
        case when e.username = (e.request_parameters ->> '$.userName') then ', by the user itself' end,
        case when e.invoked_by is not null then concat(', through ', e.invoked_by) end
    ) as detail,
    e.event_id as event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'iam.amazonaws.com'
    and (
        e.event_name in ('DeleteUserPermissionsBoundary', 'DeleteRolePermissionsBoundary')
        or (
            e.event_name in ('PutUserPermissionsBoundary', 'PutRolePermissionsBoundary')
            and (e.request_parameters ->> '$.permissionsBoundary') like '%:policy/AdministratorAccess'
        )
    )
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
