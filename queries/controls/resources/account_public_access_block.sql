-- title: Ensure S3 Block Public Access is on for every account
-- kind: control
-- severity: medium
-- tags: resource-policies, s3, fsbp:S3.1, security_hub:S3.1
-- remediation: aws s3control get-public-access-block --account-id {account_id}
-- remediation: aws s3control put-public-access-block --account-id {account_id} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
--
-- The four settings of the account apply to all of its buckets and access points, including new ones. Turn them on,
-- unless the account has a bucket that must be public: serve such files with Amazon CloudFront instead. An account
-- without the settings has them off.

select
    a.arn as resource,
    unnest(case
        when s.account_id is null then unknown('Block Public Access of the account was not read.')
        else public_access_block_result(
            'account', coalesce(s.block_public_acls, false), coalesce(s.ignore_public_acls, false),
            coalesce(s.block_public_policy, false), coalesce(s.restrict_public_buckets, false)
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_s3_account_settings as s on s.account_id = a.account_id
order by a.position, a.account_id
