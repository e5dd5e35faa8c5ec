-- title: Ensure roles trust only known accounts
-- kind: control
-- severity: high
-- tags: roles, trust, third-party
-- param: trusted text = ''  # External account IDs that may be trusted, separated by commas
-- remediation: iamsql query external_trust
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- Every account that can assume a role is a way into this account. Identify the owner of each trusted account, and list
-- the intended accounts in `trusted`. Only roles that trust another account are evaluated, except service-linked roles
-- and roles of IAM Identity Center.

select r.*
from account_trust_results(
    'The role trusts accounts that are neither in the organization nor in `trusted`: {}.',
    'The role trusts only accounts of the organization and accounts in `trusted`.', comma_list($trusted), []
) as r
order by account_position(r.account_id), r.resource
