-- title: Ensure roles for SAML providers restrict the audience
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, federation, saml
--
-- An assertion says for whom it was made. Without a condition on SAML:aud, such as https://signin.aws.amazon.com/saml,
-- one that was made for another service may do. Only roles that trust a SAML provider have a row. Service-linked roles
-- and those of Identity Center have no row: nobody changes their trust.

select r.* exclude (position)
from role_trust_results(
    'The role takes assertions of {} for whomever they were made.', 'The role says for whom the assertion has to be.',
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
