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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.guardrailIdentifier', e.target, e.region) as target,
    concat(
        case
            when e.event_name = 'DeleteModelInvocationLoggingConfiguration' then 'logging of model invocations disabled'
            when e.event_name like 'Put%' then 'text of prompts and answers not logged'
            else concat('guardrail deleted', ', version ' || (e.request_parameters ->> '$.guardrailVersion'))
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('bedrock.amazonaws.com') as e
where
    e.event_name in ('DeleteModelInvocationLoggingConfiguration', 'DeleteGuardrail')
    or (
        e.event_name = 'PutModelInvocationLoggingConfiguration'
        and (e.request_parameters ->> '$.loggingConfig.textDataDeliveryEnabled') = 'false'
    )
order by e.event_time desc, e.event_id
