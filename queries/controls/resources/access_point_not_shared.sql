-- title: Ensure policies of S3 access points do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: s3_access_point
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws s3control get-access-point-policy --account-id {account_id} --name {resource:name} --region {region}
--
-- The policy of an access point can let principals outside the organization read, replace or delete objects of the
-- bucket, if the bucket policy also allows it. Bucket policies often leave the decision to access points. There is one
-- row for each access point. The row lists the accounts and organizations that the policy allows. It lists everyone if
-- a statement allows everyone without a condition that limits callers to the organization. It does not list everyone if
-- a public access block of the access point, its bucket or the account of the bucket applies. List the intended
-- accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    's3_access_point', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the access point allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
