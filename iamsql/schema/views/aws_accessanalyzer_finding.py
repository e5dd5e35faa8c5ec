"""What analyzers found: of external access with who may do what, of unused and internal access what the list tells."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._analyzer_calls import ANALYZERS, FINDINGS, OTHER_FINDINGS
from iamsql.schema.tables._columns import TITLE

TABLE = View(
    "aws_accessanalyzer_finding",
    "A finding of IAM Access Analyzer in one of the regions that were asked; `--region all` asks them all.",
    key=("account_id", "access_analyzer_arn", "id"),
    calls=(ANALYZERS, FINDINGS, OTHER_FINDINGS),
    columns=(
        C("access_analyzer_arn", "text", "The ARN of the analyzer that found it."),
        C("id", "text", "The finding's id."),
        C("analyzed_at", "timestamptz", "When the resource was looked at last."),
        C("created_at", "timestamptz", "When it was found."),
        C("error", "text", "Why the resource could not be looked at; null when it could."),
        C("is_public", "boolean", "Whether anybody has the access; null where it is not external access."),
        C("resource", "text", "The ARN of the resource, or of the user or role."),
        C("resource_owner_account", "text", "The account that owns it."),
        C("resource_type", "text", "The resource's type, such as AWS::S3::Bucket."),
        C("status", "text", "ACTIVE, ARCHIVED or RESOLVED."),
        C("updated_at", "timestamptz", "When it last changed."),
        C("action", "json", "The actions that are allowed; null where it is not external access."),
        C("sources", "json", "How a bucket's access is given: Type, and Detail for an access point."),
        C("principal", "json", "Who has the access; null where it is not external access."),
        C("condition", "json", "The conditions of the access; null where it is not external access."),
        C("title", "text", TITLE),
    ),
    own=(
        C("finding_type", "text", "ExternalAccess, InternalAccess, UnusedIAMRole, UnusedPermission and the others."),
        C("resource_control_policy_restriction", "text", "Whether a resource control policy limits the access."),
    ),
    sql=f"""
with f as (
  select *, 'accessanalyzer:{FINDINGS.operation}' as source, 'ExternalAccess' as kind from raw."{FINDINGS.raw}"
  union all
  select *, 'accessanalyzer:{OTHER_FINDINGS.operation}', item ->> '$.findingType' from raw."{OTHER_FINDINGS.raw}")
select f.account_id, f.region, f.source, f.synced_at, f.bound ->> '$.analyzerArn' as access_analyzer_arn,
  f.item ->> '$.id' as id, f.item ->> '$.analyzedAt' as analyzed_at, f.item ->> '$.createdAt' as created_at,
  f.item ->> '$.error' as error, f.item ->> '$.isPublic' as is_public, f.item ->> '$.resource' as resource,
  f.item ->> '$.resourceOwnerAccount' as resource_owner_account, f.item ->> '$.resourceType' as resource_type,
  f.item ->> '$.status' as status, f.item ->> '$.updatedAt' as updated_at, json_or_null(f.item -> '$.action') as action,
  case when json_type(f.item -> '$.sources') = 'ARRAY' then to_json([json_object(
    'Type', source_ -> '$.type',
    'Detail', case when json_type(source_ -> '$.detail') = 'OBJECT' then json_object(
      'AccessPointArn', source_ -> '$.detail.accessPointArn',
      'AccessPointAccount', source_ -> '$.detail.accessPointAccount') end)
    for source_ in elements(f.item -> '$.sources')]) end as sources,
  json_or_null(f.item -> '$.principal') as principal, json_or_null(f.item -> '$.condition') as condition,
  f.item ->> '$.id' as title, f.kind as finding_type,
  f.item ->> '$.resourceControlPolicyRestriction' as resource_control_policy_restriction
from f
""",
)
