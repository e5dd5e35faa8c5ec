-- title: Ensure policies of S3 Multi-Region Access Points do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: s3_multi_region_access_point
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws s3control get-multi-region-access-point-policy --account-id {account_id} --name {name} --region us-west-2
--
-- The policy of a Multi-Region Access Point can let principals outside the organization read, replace or delete objects
-- of its buckets, if the bucket policies also allow it. Bucket policies often leave the decision to access points.
-- There is one row for each access point. The row lists the accounts and organizations that the policy allows. It lists
-- everyone if a statement allows everyone without a condition that limits callers to the organization. It does not list
-- everyone if a public access block of the access point, of its account or of all its buckets applies. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region, p.name
from resource_access_results(
    's3_multi_region_access_point', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the access point allows nobody outside the organization.'
) as r
inner join aws_resource_policy as p
    on p.account_id = r.account_id and p.arn = r.resource and p.resource_type = 's3_multi_region_access_point'
order by r.position, r.account_id, r.resource
