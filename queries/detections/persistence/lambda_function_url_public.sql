-- title: Lambda function URL without authentication
-- kind: detection
-- severity: high
-- tags: mitre:T1648, tactic:persistence, cloudtrail
--
-- Detects function URLs that are created or changed to require no authentication. Anyone on the internet can invoke
-- the function, which runs with the permissions of its role. Review the code and the role of the function. If nobody
-- knows the URL, set its AuthType to AWS_IAM or delete it.
-- False positives: webhooks and small public sites that are public on purpose. Their functions have few permissions
-- and verify a signature themselves.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.functionName', e.target) as target,
    concat('public: ', e.response_elements ->> '$.functionUrl', ', through ' || e.invoked_by) as detail,
    e.event_id, e.user_agent
from successful_calls('lambda.amazonaws.com') as e
where
    (
        -- Lambda appends the API version to some event names; assumption: to these as well.
        e.event_name like 'CreateFunctionUrlConfig%'
        or e.event_name like 'UpdateFunctionUrlConfig%'
    )
    and (e.request_parameters ->> '$.authType') = 'NONE'
order by e.event_time desc, e.event_id
