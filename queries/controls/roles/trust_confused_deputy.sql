-- title: Ensure roles that trust an AWS service prevent the confused deputy problem
-- kind: control
-- severity: medium
-- tags: roles, trust, confused-deputy
-- param: own_account_services text = 'ec2.amazonaws.com, lambda.amazonaws.com, edgelambda.amazonaws.com' # Services that use only roles of their own account
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: # In trust-policy.json, add the condition StringEquals aws:SourceAccount {account_id} to the statements for services.
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- An AWS service acts for many customers. Without a condition, another account may cause the service to use the role.
-- Add the condition key aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or aws:SourceOrgPaths. The services in
-- `own_account_services` use only roles of their own account and are never alarms. Only roles that trust a service are
-- evaluated, except service-linked roles and roles of IAM Identity Center.

select r.* exclude (position)
from role_trust_results(
    'The role trusts services without a condition on the source account or resource: {}.',
    'The role trusts services only for the accounts or resources in its conditions.',
    (
        select list({
            'account_id': p.account_id, 'arn': p.arn,
            'open_to': case
                when len(iam_restricting_keys(
                    s.conditions, ['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths']
                )) = 0 and not list_contains(comma_list(lower($own_account_services)), lower(p."value"))
                    then p."value"
            end
        })
        from iam_trusted_principals() as p
        inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
        where p.kind = 'Service'
    )
) as r
order by r.position, r.resource
