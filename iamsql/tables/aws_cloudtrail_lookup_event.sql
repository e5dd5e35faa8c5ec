select l.event_id, l.event_name, l.event_source,
  case when l.read_only then 'true' when not l.read_only then 'false' end as read_only,
  l.access_key_id, l.event_time at time zone 'UTC' as event_time, null as end_time, null as start_time, null as resource_name,
  null as resource_type, l.username, coalesce(
    l.lookup_resources, case when l.target is not null then json_array(json_object('ResourceName', l.target)) else '[]'::json end
  ) as resources, l.event as cloud_trail_event,
  l.event_name as title, l.error_code, l.error_message, l.source_ip_address as source_ip, l.user_agent, l.user_type,
  l.actor_arn as user_arn, l.event_type, l.console_login, l.mfa_used, l.position, l.account_id, l.region, l.synced_at,
  case when l.log_file is null then 'cloudtrail:LookupEvents' else 's3:GetObject' end as source
from aws_cloudtrail_event l
