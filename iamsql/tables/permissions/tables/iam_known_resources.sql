-- Returns the data that policy evaluation needs about resources with policies, for questions about the resources `arns`:
--   the rows of these resources in aws_resource_policy
--   the rows of VPC endpoints
--   a row without an ARN for each resource type in the run
--   the trust policy of each role in `arns`, with the resource type iam_role
-- `policy_status` names a duplicate key.
-- returns: item STRUCT(account_id VARCHAR, resource_type VARCHAR, arn VARCHAR, "name" VARCHAR, document_id VARCHAR, policy_status VARCHAR, restrict_public_buckets BOOLEAN, object_ownership VARCHAR, ignore_public_acls BOOLEAN, grants JSON, key_manager VARCHAR)
create or replace macro iam_known_resources(arns) as table
with owners as (
    select distinct iam_policy_owner(a.resource) as arn from (select unnest(cast(arns as varchar[])) as resource) as a
),

-- a resource policy of CloudWatch Logs is a policy of one log group, or of all log groups in the account and Region
all_owners as (
    select o.arn from owners as o
    union
    select concat(split_part(o.arn, ':log-group:', 1), ':log-group:*') from owners as o where o.arn like 'arn:%:logs:%:log-group:%'
)

select {
    'account_id': r.account_id, 'resource_type': r.resource_type, 'arn': r.arn, 'name': r.name, 'document_id': r.document_id,
    'policy_status': coalesce('has the key ' || r.duplicate_key || ' twice', r.policy_status), 'restrict_public_buckets': r.restrict_public_buckets, 'object_ownership': r.object_ownership,
    'ignore_public_acls': r.ignore_public_acls, 'grants': r.grants, 'key_manager': k.key_manager
} as item
from aws_resource_policy as r
left join aws_kms_key as k on k.arn = r.arn
where r.resource_type = 'vpc_endpoint' or r.arn in (select o.arn from all_owners as o)
union all
select {
    'account_id': cast(null as varchar), 'resource_type': t.resource_type, 'arn': cast(null as varchar), 'name': cast(null as varchar),
    'document_id': cast(null as varchar), 'policy_status': cast(null as varchar), 'restrict_public_buckets': cast(null as boolean),
    'object_ownership': cast(null as varchar), 'ignore_public_acls': cast(null as boolean), 'grants': cast(null as json),
    'key_manager': cast(null as varchar)
}
from (select distinct l.resource_type from aws_resource_policy as l) as t
union all
select {
    'account_id': d.account_id, 'resource_type': 'iam_role', 'arn': d.owner_arn, 'name': cast(null as varchar),
    'document_id': d.document_id, 'policy_status': case when d.document_id is null then 'unread' else 'read' end,
    'restrict_public_buckets': cast(null as boolean), 'object_ownership': cast(null as varchar),
    'ignore_public_acls': cast(null as boolean), 'grants': cast(null as json), 'key_manager': cast(null as varchar)
}
from aws_iam_document as d
where d.source = 'trust' and d.owner_arn in (select o.arn from owners as o);
