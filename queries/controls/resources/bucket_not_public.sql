-- title: Ensure policies of S3 buckets do not allow everyone
-- kind: control
-- severity: critical
-- tags: resource-policies, third-party
-- resource_types: s3_bucket
-- remediation: iamsql query external_access
-- remediation: aws s3api put-public-access-block --bucket {resource:name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
-- remediation: aws s3api get-bucket-policy --bucket {resource:name}
--
-- A bucket policy that allows everyone exposes the bucket to requests without credentials. There is one row for each
-- bucket. The alarm lists everyone if a statement allows everyone without a condition that limits callers to the
-- organization, a Deny does not cancel the statement, and block public access (RestrictPublicBuckets) does not restrict
-- the bucket. Access control lists count as unread where the bucket uses them. Turn on block public access, or remove
-- the statement.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    's3_bucket', ['public'], [],
    'The bucket policy does not allow everyone.'
) as r
order by r.position, r.account_id, r.resource
