-- title: Lambda functions that anybody can call by URL
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1648, tactic:persistence, cloudtrail
--
-- A function URL without authentication makes a function a door from the internet, with the rights of its role
-- behind it. Look at the function's code and role; if nobody knows of it, set the URL's AuthType to AWS_IAM or
-- delete it.
-- False positives: web hooks and small public sites that are meant to be open. Their functions have few rights and
-- check a signature themselves.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.functionName', e.target) as target,
    concat('open to anybody: ', e.response_elements ->> '$.functionUrl', ', through ' || e.invoked_by) as detail,
    e.event_id, e.user_agent
from successful_calls('lambda.amazonaws.com') as e
where
    (
        -- Lambda puts the API's version behind some names; that it does so here is assumed.
        e.event_name like 'CreateFunctionUrlConfig%'
        or e.event_name like 'UpdateFunctionUrlConfig%'
    )
    and (e.request_parameters ->> '$.authType') = 'NONE'
order by e.event_time desc, e.event_id
