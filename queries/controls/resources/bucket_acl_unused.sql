-- title: Ensure ACLs are not used for access to S3 buckets
-- kind: control
-- severity: medium
-- tags: s3, acl, fsbp:S3.12, security_hub:S3.12
-- remediation: aws s3api get-bucket-acl --bucket {resource:name}
-- remediation: aws s3api put-bucket-acl --bucket {resource:name} --acl private
-- remediation: # When no object depends on its ACL: aws s3api put-bucket-ownership-controls --bucket {resource:name} --ownership-controls file://ownership-controls.json
--
-- Grants of an ACL are easy to overlook, because they are not in any policy. Grant access with the bucket policy or
-- with IAM policies. The alarm lists the grants to anyone except the owner of the bucket. A bucket whose ACLs are
-- disabled passes.

with grants as (
    select
        g.account_id, g.arn,
        string_agg(distinct g.grantee, ', ' order by g.grantee) as grantees
    from (
        select
            b.account_id, b.arn,
            case
                when json_extract_string(b.grant_, '$.Grantee.ID') = b.owner then null
                else concat(
                    coalesce(
                        string_split(json_extract_string(b.grant_, '$.Grantee.URI'), '/')[-1],
                        json_extract_string(b.grant_, '$.Grantee.DisplayName'),
                        json_extract_string(b.grant_, '$.Grantee.EmailAddress'),
                        json_extract_string(b.grant_, '$.Grantee.ID')
                    ), ' (', json_extract_string(b.grant_, '$.Permission'), ')'
                )
            end as grantee
        from (
            select
                a.account_id, a.arn, json_extract_string(a.acl, '$.Owner.ID') as owner,
                unnest(elements(json_extract(a.acl, '$.Grants'))) as grant_
            from aws_s3_bucket as a
        ) as b
    ) as g
    group by g.account_id, g.arn
)

select
    b.arn as resource,
    unnest(case
        when json_extract_string(b.object_ownership_controls, '$.Rules[0].ObjectOwnership') = 'BucketOwnerEnforced'
            then ok('ACLs are disabled.')
        when b.acl is null then unknown('the ACL of the bucket was not read.')
        when g.grantees is not null then alarm(concat('The ACL of the bucket has grants to ', g.grantees, '.'))
        else ok('The ACL of the bucket has no grants except to the owner.')
    end),
    b.account_id, coalesce(b.region, 'global') as region
from aws_s3_bucket as b
left join grants as g on g.account_id = b.account_id and g.arn = b.arn
order by account_position(b.account_id), b.arn
