-- title: Model invocation logging or a guardrail of Amazon Bedrock removed
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.008, mitre:T1562.001, tactic:defense_evasion, cloudtrail
--
-- Detects that the logging of model invocations of Amazon Bedrock is deleted or no longer delivers text, and that a
-- guardrail is deleted. Without the log, prompts and answers leave no record; without the guardrail, its filters no
-- longer apply. Thieves of credentials remove both before they sell access to models. Restore the setting, and review
-- the InvokeModel and Converse calls of the Region since.
-- False positives: guardrails of tests that infrastructure as code creates and deletes, and logging that moves to
-- another bucket: PutModelInvocationLoggingConfiguration follows.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.guardrailIdentifier', c.target, c.region) as target,
    concat(
        case
            when c.event_name = 'DeleteModelInvocationLoggingConfiguration' then 'logging of model invocations disabled'
            when c.event_name like 'Put%' then 'text of prompts and answers not logged'
            else concat('guardrail deleted', ', version ' || (c.request_parameters ->> '$.guardrailVersion'))
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('bedrock.amazonaws.com') as c
where
    c.event_name in ('DeleteModelInvocationLoggingConfiguration', 'DeleteGuardrail')
    or (
        c.event_name = 'PutModelInvocationLoggingConfiguration'
        and (c.request_parameters ->> '$.loggingConfig.textDataDeliveryEnabled') = 'false'
    )
order by c.event_time desc, c.event_id
