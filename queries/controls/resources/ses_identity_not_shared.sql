-- title: Ensure sending authorization policies of SES identities do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: ses_identity
-- param: trusted text = ''  # IDs of accounts and organizations outside that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws sesv2 get-email-identity-policies --email-identity {resource:name} --region {region}
--
-- Principals outside the organization that a sending authorization policy of an identity allows can send mail from its
-- domain or address, which receivers take for mail of the organization. There is one row for each identity with all of
-- its policies, which lists the accounts and organizations that the policy allows, and everyone if a statement allows
-- everyone without a condition that restricts callers to the organization. List the intended accounts in `trusted`,
-- and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'ses_identity', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policies of the identity allow nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
