-- title: Ensure sending authorization policies of SES identities do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: ses_identity
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws sesv2 get-email-identity-policies --email-identity {resource:name} --region {region}
--
-- A sending authorization policy can allow principals outside the organization to send mail from the domain or address
-- of an identity. Recipients cannot distinguish such mail from mail of the organization. There is one row for each
-- identity. The row lists the accounts and organizations that the policies allow. It lists everyone if a statement
-- allows everyone without a condition that limits callers to the organization. List the intended accounts in `trusted`,
-- and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'ses_identity', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policies of the identity allow nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
