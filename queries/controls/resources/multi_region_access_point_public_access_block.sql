-- title: Ensure S3 Block Public Access is on for every Multi-Region Access Point
-- kind: control
-- severity: high
-- tags: resource-policies, s3, fsbp:S3.24, security_hub:S3.24
-- remediation: aws s3control get-multi-region-access-point --account-id {account_id} --name {name} --region us-west-2
-- remediation: # The settings of a Multi-Region Access Point cannot be changed: create another one with all of them, and delete this one.
--
-- A Multi-Region Access Point has settings of its own, which are on if nobody turned them off when it was created. They
-- cannot be changed afterwards. The control evaluates only the settings of the access point: the settings of its
-- buckets and of their accounts apply as well.

select
    concat('arn:', p."partition", ':s3::', p.account_id, ':accesspoint/', coalesce(p.alias, p.name)) as resource,
    unnest(public_access_block_result(
        'access point', p.block_public_acls, p.ignore_public_acls, p.block_public_policy, p.restrict_public_buckets
    )),
    p.account_id, 'global' as region, p.name
from aws_s3_multi_region_access_point as p
order by account_position(p.account_id), p.name
