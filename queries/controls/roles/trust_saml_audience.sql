-- title: Ensure roles for SAML providers restrict the audience
-- kind: control
-- severity: medium
-- tags: roles, trust, federation, saml
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: # In trust-policy.json, add the condition StringEquals SAML:aud https://signin.aws.amazon.com/saml.
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- Without a condition on SAML:aud, such as https://signin.aws.amazon.com/saml, the role may accept assertions that were
-- issued for another service. Add the condition. Only roles that trust a SAML provider are evaluated, except
-- service-linked roles and roles of IAM Identity Center.

select r.* exclude (position)
from role_trust_results(
    'The role accepts assertions of {} without a condition on the audience.',
    'The role restricts the audience of assertions.',
    (
        select list({
            'account_id': p.account_id, 'arn': p.arn,
            'open_to': case
                when len(iam_restricting_keys(s.conditions, ['saml:aud'])) = 0 then split_part(p."value", '/', -1)
            end
        })
        from iam_trusted_principals() as p
        inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
        where p.kind = 'Federated' and p."value" like '%:saml-provider/%'
    )
) as r
order by r.position, r.resource
