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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.targetPrincipal', e.target) as target,
    concat(
        'failed: ' || e.error_code || ', ',
        'task policy ', split_part(e.request_parameters ->> '$.taskPolicyArn.arn', '/', -1),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from recorded_calls() as e
where
    e.event_source = 'sts.amazonaws.com'
    and e.event_name = 'AssumeRoot'
order by e.event_time desc, e.event_id
