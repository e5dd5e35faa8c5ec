-- title: An administrator policy was attached to a user, group or role
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: policies text[] = AdministratorAccess, PowerUserAccess, IAMFullAccess   # Policies that count
--
-- Whoever may attach policies may make himself administrator, and a single call is enough. Ask the actor for the
-- ticket; when there is none, detach the policy, look at what the target did since (its keys and sessions too), and at
-- how the actor came by the right to attach.
-- False positives: setting up an account, a new administrator role, or infrastructure code that attaches the policy to
-- its own deployment role. Such work comes from the usual pipeline or from a few known people, and the target has just
-- been made.

select
    e.event_time as event_time,
    e.account_id as account_id,
    e.region as region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip,
    e.event_name as event_name,
    coalesce(e.target, e.request_parameters ->> '$.policyArn') as target,
    concat(
        split_part(e.request_parameters ->> '$.policyArn', ':policy/', 2),
        case when e.username = (e.request_parameters ->> '$.userName') then ', by the user itself' end,
        case when e.invoked_by is not null then concat(', through ', e.invoked_by) end
    ) as detail,
    e.event_id as event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'iam.amazonaws.com'
    and e.event_name in ('AttachUserPolicy', 'AttachGroupPolicy', 'AttachRolePolicy')
    and split_part(e.request_parameters ->> '$.policyArn', ':policy/', 2) = any($policies)
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
