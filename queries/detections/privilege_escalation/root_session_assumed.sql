-- title: Somebody took a root session of a member account (AssumeRoot)
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1548.005, mitre:T1078.004, tactic:privilege_escalation, cloudtrail
--
-- `AssumeRoot` lets the management account, or the delegated administrator of root access, act as root of a member
-- account for a few set tasks. It should be as rare as root itself. Ask for the reason; the task policy in `detail`
-- bounds what the session could do, and its calls stand in the member account as root.
-- False positives: central root management: taking root passwords away from members, or opening a bucket or queue whose
-- policy shut everybody out. Audits with the task policy `IAMAuditRootUserCredentials` only read.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.targetPrincipal', e.target) as target,
    concat(
        case when e.error_code is not null then concat('refused: ', e.error_code, ', ') end,
        'task policy ', split_part(e.request_parameters ->> '$.taskPolicyArn.arn', '/', -1),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'sts.amazonaws.com'
    and e.event_name = 'AssumeRoot'
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
