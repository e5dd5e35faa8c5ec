-- title: Access to models of Amazon Bedrock requested
-- kind: detection
-- severity: low
-- tags: mitre:T1496.004, tactic:impact, cloudtrail
--
-- Detects the use case forms, agreements and entitlements that give an account access to models of Amazon Bedrock. A
-- thief of credentials requests the models that the account does not have yet. Ask the principal for the project, and
-- review the model invocations that followed.
-- False positives: a team that starts to use a model. It does so once for each model, and its members make the usual
-- calls of developers.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.modelId', c.target, c.account_id) as target,
    concat(
        case c.event_name
            when 'PutUseCaseForModelAccess' then 'use case submitted'
            when 'CreateFoundationModelAgreement' then 'agreement accepted'
            else 'entitlement requested'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('bedrock.amazonaws.com') as c
where
    scan_filter(c.event_name in (
        'PutUseCaseForModelAccess', 'CreateFoundationModelAgreement', 'PutFoundationModelEntitlement'
    ))
order by c.event_time desc, c.event_id
