-- Returns the rows of recorded_calls() for the successful API calls to a service.
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_name VARCHAR, event_id VARCHAR, target VARCHAR, user_agent VARCHAR, user_type VARCHAR, username VARCHAR, actor_arn VARCHAR, issuer_arn VARCHAR, invoked_by VARCHAR, access_key_id VARCHAR, session_mfa VARCHAR, request_parameters JSON, response_elements JSON, additional_event_data JSON
create or replace macro successful_calls(source) as table
select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.target, c.user_agent, c.user_type,
    c.username, c.actor_arn, c.issuer_arn, c.invoked_by, c.access_key_id, c.session_mfa, c.request_parameters,
    c.response_elements, c.additional_event_data
from recorded_calls() as c
where c.event_source = source and c.error_code is null;
