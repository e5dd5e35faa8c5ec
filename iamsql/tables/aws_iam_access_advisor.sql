with jobs as ({generated}),
services as ({services})
select s.account_id, 'global' as region, s.synced_at, 'iam:GetServiceLastAccessedDetails' as source, j.arn as principal_arn,
  s.item ->> '$.ServiceName' as service_name, s.item ->> '$.ServiceNamespace' as service_namespace,
  s.item ->> '$.LastAuthenticated' as last_authenticated, s.item ->> '$.LastAuthenticatedEntity' as last_authenticated_entity,
  s.item ->> '$.LastAuthenticatedRegion' as last_authenticated_region,
  s.item ->> '$.TotalAuthenticatedEntities' as total_authenticated_entities,
  s.item -> '$.TrackedActionsLastAccessed' as tracked_actions_last_accessed
from services s
join jobs j on j.account_id = s.account_id and j.job_id = s.job_id
