select null as filter, null as log_group_name, concat(l.account_id, '_CloudTrail_', l.region) as log_stream_name,
  l.event_time at time zone 'UTC' as "timestamp", epoch_ms(l.event_time) as timestamp_ms, l.access_key_id, l.aws_region,
  l.error_code, l.error_message, l.event_category, l.event_id, l.event_name, l.event_source,
  l.event_time at time zone 'UTC' as event_time, l.event_type, l.event_version, l.read_only, l.recipient_account_id,
  l.request_id, l.shared_event_id, l.source_ip_address, l.user_agent, l.user_type,
  coalesce(l.user_name, l.issuer_user_name) as username,
  l.actor_arn as user_identifier, l.vpc_endpoint_id, l.additional_event_data, l.event as cloudtrail_event,
  l.request_parameters, l.response_elements, l.resources, l.event -> '$.tlsDetails' as tls_details,
  l.event -> '$.userIdentity' as user_identity, l.account_id, l.region, l.synced_at,
  case when l.log_file is null then 'cloudtrail:LookupEvents' else 's3:GetObject' end as source
from aws_cloudtrail_event l
