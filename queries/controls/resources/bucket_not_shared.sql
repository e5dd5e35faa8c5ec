-- title: Ensure policies of S3 buckets do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: s3_bucket
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws s3api get-bucket-policy --bucket {resource:name}
--
-- A bucket policy can let principals outside the organization read, replace or delete objects. There is one row for
-- each bucket. The row lists the accounts and organizations that the policy allows; `bucket_not_public` reports access
-- for everyone. List the intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    's3_bucket', ['external account', 'other organization'], comma_list($trusted),
    'The bucket policy allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
