-- title: Ensure policies of KMS keys do not allow everyone
-- kind: control
-- severity: critical
-- tags: resource-policies, third-party, fsbp:KMS.5, security_hub:KMS.5
-- resource_types: kms_key
-- remediation: iamsql query external_access
-- remediation: aws kms get-key-policy --key-id {resource} --region {region}
--
-- Anyone with an AWS account can decrypt data with a key whose policy allows everyone, or make data unreadable. There
-- is one row for each key, with an alarm if a statement allows everyone without a condition that limits callers to
-- known accounts or to the organization. `kms_key_not_shared` also reports other accounts outside the organization.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'kms_key', ['public'], [],
    'The policy of the key does not allow everyone.'
) as r
order by r.position, r.account_id, r.resource
