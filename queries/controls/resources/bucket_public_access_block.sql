-- title: Ensure S3 Block Public Access is on for every bucket
-- kind: control
-- severity: high
-- tags: resource-policies, s3, fsbp:S3.8, security_hub:S3.8
-- remediation: aws s3api get-public-access-block --bucket {resource:name}
-- remediation: aws s3api put-public-access-block --bucket {resource:name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
--
-- The four settings of a bucket keep a policy or an ACL from making it public, even if somebody turns off the account's
-- settings. The control evaluates only the settings of the bucket; `account_public_access_block` evaluates the
-- account's settings, and `bucket_no_public_read` whether the bucket is public.

select
    b.arn as resource,
    unnest(public_access_block_result(
        'bucket', b.block_public_acls, b.ignore_public_acls, b.block_public_policy, b.restrict_public_buckets
    )),
    b.account_id, coalesce(b.region, 'global') as region
from aws_s3_bucket as b
order by account_position(b.account_id), b.arn
