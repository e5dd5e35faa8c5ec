-- title: Ensure S3 Block Public Access is on for every access point
-- kind: control
-- severity: high
-- tags: resource-policies, s3, fsbp:S3.19, security_hub:S3.19
-- remediation: aws s3control get-access-point --account-id {account_id} --name {resource:name} --region {region}
-- remediation: # The settings of an access point cannot be changed: create another access point with all of them, and delete this one.
--
-- An access point has settings of its own, which are on if nobody turned them off when it was created. They cannot be
-- changed afterwards. The control evaluates only the settings of the access point: the settings of its bucket and of
-- the account apply as well.

select
    p.access_point_arn as resource,
    unnest(public_access_block_result(
        'access point', p.block_public_acls, p.ignore_public_acls, p.block_public_policy, p.restrict_public_buckets
    )),
    p.account_id, p.region
from aws_s3_access_point as p
order by account_position(p.account_id), p.access_point_arn
