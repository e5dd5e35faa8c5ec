-- Returns the API calls of all services, successful and failed, except the calls of AWS services and service-linked roles. `actor`
-- is the most specific name of the caller in the event.
-- returns: event_time TIMESTAMP, account_id VARCHAR, region VARCHAR, actor VARCHAR, source_ip_address VARCHAR, event_source VARCHAR, event_name VARCHAR, event_id VARCHAR, target VARCHAR, user_agent VARCHAR, user_type VARCHAR, username VARCHAR, actor_arn VARCHAR, issuer_arn VARCHAR, invoked_by VARCHAR, access_key_id VARCHAR, session_mfa VARCHAR, error_code VARCHAR, request_parameters JSON, response_elements JSON, additional_event_data JSON
create or replace macro recorded_calls() as table
select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address,
    e.event_source, e.event_name, e.event_id, e.target, e.user_agent, e.user_type, e.username, e.actor_arn, e.issuer_arn,
    e.invoked_by, e.access_key_id, e.session_mfa, e.error_code, e.request_parameters, e.response_elements,
    e.additional_event_data
from aws_cloudtrail_event as e
where
    e.user_type is distinct from 'AWSService'
    and not coalesce(iam_is_service_linked_role(e.issuer_arn), false);
