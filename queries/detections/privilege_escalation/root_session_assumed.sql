-- title: Root session of a member account assumed (AssumeRoot)
-- kind: detection
-- severity: high
-- tags: mitre:T1548.005, mitre:T1078.004, tactic:privilege_escalation, cloudtrail
--
-- Detects AssumeRoot calls, successful or not. AssumeRoot lets the management account or the delegated administrator
-- act as the root user of a member account, with one of a few task policies. Such calls should be as rare as the use of
-- the root user. Ask for the reason. The task policy in `detail` limits what the session could do; its calls are
-- recorded in the member account as calls of the root user.
-- False positives: central root access management, such as the deletion of root passwords of member accounts, or the
-- repair of a bucket or queue policy that denies everyone. Audits with the task policy `IAMAuditRootUserCredentials`
-- only read.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.targetPrincipal', c.target) as target,
    concat(
        'failed: ' || c.error_code || ', ',
        'task policy ', split_part(c.request_parameters ->> '$.taskPolicyArn.arn', '/', -1),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    c.event_source = 'sts.amazonaws.com'
    and c.event_name = 'AssumeRoot'
order by c.event_time desc, c.event_id
