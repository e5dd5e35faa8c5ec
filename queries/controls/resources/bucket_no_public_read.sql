-- title: Ensure S3 buckets do not allow public read access
-- kind: control
-- severity: critical
-- tags: resource-policies, s3, acl, third-party, fsbp:S3.2, security_hub:S3.2
-- resource_types: s3_bucket
-- remediation: iamsql query external_access
-- remediation: aws s3api put-public-access-block --bucket {resource:name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
-- remediation: aws s3api get-bucket-acl --bucket {resource:name}
-- remediation: aws s3api get-bucket-policy --bucket {resource:name}
--
-- A bucket with public read access gives its objects, or their names, to anyone on the Internet or with any AWS
-- account. The control evaluates the bucket policy and the ACL of the bucket together with Block Public Access of the
-- bucket and of the account. Turn on Block Public Access, or remove the statement or grant. ACLs of single objects are
-- not read.

select r.resource, r.status, r.reason, r.account_id, r.region
from bucket_public_results(
    's3_bucket', 'read', ['READ', 'READ_ACP', 'FULL_CONTROL'], ['s3:get%', 's3:list%'],
    ['s3:getobject', 's3:listbucket', 's3:getbucketacl']
) as r
order by r.position, r.account_id, r.resource
