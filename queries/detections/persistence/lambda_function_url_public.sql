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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.functionName', c.target) as target,
    concat('public: ', c.response_elements ->> '$.functionUrl', ', through ' || c.invoked_by) as detail,
    c.event_id, c.user_agent
from successful_calls('lambda.amazonaws.com') as c
where
    (
        -- Lambda appends the API version to some event names; assumption: to these as well.
        c.event_name like 'CreateFunctionUrlConfig%'
        or c.event_name like 'UpdateFunctionUrlConfig%'
    )
    and (c.request_parameters ->> '$.authType') = 'NONE'
order by c.event_time desc, c.event_id
