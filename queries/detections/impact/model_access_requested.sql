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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.modelId', e.target, e.account_id) as target,
    concat(
        case e.event_name
            when 'PutUseCaseForModelAccess' then 'use case submitted'
            when 'CreateFoundationModelAgreement' then 'agreement accepted'
            else 'entitlement requested'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('bedrock.amazonaws.com') as e
where
    scan_filter(e.event_name in (
        'PutUseCaseForModelAccess', 'CreateFoundationModelAgreement', 'PutFoundationModelEntitlement'
    ))
order by e.event_time desc, e.event_id
