-- title: Ensure S3 buckets do not allow public write access
-- kind: control
-- severity: critical
-- tags: resource-policies, s3, acl, third-party, fsbp:S3.3, security_hub:S3.3
-- resource_types: s3_bucket
-- remediation: iamsql query external_access
-- remediation: aws s3api put-public-access-block --bucket {resource:name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
-- remediation: aws s3api get-bucket-acl --bucket {resource:name}
-- remediation: aws s3api get-bucket-policy --bucket {resource:name}
--
-- Anyone can store objects in a bucket with public write access at your cost, replace objects that others trust, or
-- delete them. The control evaluates the bucket policy and the ACL of the bucket together with Block Public Access of
-- the bucket and of the account. Turn on Block Public Access, or remove the statement or grant.

select r.resource, r.status, r.reason, r.account_id, r.region
from bucket_public_results(
    's3_bucket', 'write', ['WRITE', 'WRITE_ACP', 'FULL_CONTROL'], ['s3:put%', 's3:delete%', 's3:create%', 's3:abort%', 's3:replicate%', 's3:restore%', 's3:bypass%'],
    ['s3:putobject', 's3:deleteobject', 's3:putbucketacl']
) as r
order by r.position, r.account_id, r.resource
