-- title: Ensure roles that trust accounts outside the organization require an external ID
-- kind: control
-- severity: high
-- tags: roles, trust, third-party, confused-deputy
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: # In trust-policy.json, add the condition StringEquals sts:ExternalId with an ID that only the other account uses for you.
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- A vendor that works for many customers can be tricked into using the role of one customer for another. An external ID
-- that is unique to each customer prevents this: require it with the condition key sts:ExternalId. Accounts of the
-- organization need none. Only roles that trust another account are evaluated, except service-linked roles and roles of
-- IAM Identity Center.

select r.*
from account_trust_results(
    'The role trusts accounts outside the organization without an external ID: {}.',
    'The role trusts no account outside the organization without an external ID.', [], ['sts:externalid']
) as r
order by account_position(r.account_id), r.resource
