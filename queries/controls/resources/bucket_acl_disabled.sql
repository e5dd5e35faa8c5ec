-- title: Ensure ACLs of S3 buckets are disabled
-- kind: control
-- severity: medium
-- tags: s3, acl
-- resource_types: s3_bucket
-- remediation: aws s3api get-bucket-acl --bucket {resource:name}
-- remediation: aws s3api put-bucket-ownership-controls --bucket {resource:name} --ownership-controls file://ownership-controls.json
--
-- With the setting BucketOwnerEnforced, ACLs have no effect, the account owns every object, and policies alone decide
-- who has access. Move the grants of the ACL to the bucket policy, and then disable ACLs. `bucket_acl_unused` evaluates
-- the grants.

select
    r.arn as resource,
    unnest(case
        when r.object_ownership is null then unknown('the object ownership of the bucket was not read.')
        when r.object_ownership = 'BucketOwnerEnforced' then ok('ACLs are disabled.')
        else alarm(concat('ACLs have an effect: the object ownership is ', r.object_ownership, '.'))
    end),
    r.account_id, coalesce(r.region, 'global') as region
from aws_resource_policy as r
where r.resource_type = 's3_bucket'
order by account_position(r.account_id), r.arn
