-- title: Ensure roles that trust an AWS service prevent the confused deputy problem
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, confused-deputy
-- param: own text = 'ec2.amazonaws.com, lambda.amazonaws.com, edgelambda.amazonaws.com' # Services that take only roles of the account they work in
--
-- A service works for every account. Where a role trusts one without saying for whose sake, another account may have
-- the service use the role, if it knows its name. Add aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or
-- aws:SourceOrgPaths. Some services take only roles of the account that they work in: those of the parameter `own` make
-- no alarm. Only roles that trust a service have a row. Service-linked roles and those of Identity Center have no row:
-- nobody changes their trust.

select r.* exclude (position)
from role_trust_results(
    'The role trusts {} for whichever account it acts.',
    'The services that the role trusts act for this account, or for those that it names.',
    (
        select list({
            'account_id': p.account_id, 'arn': p.arn,
            'open_to': case
                when len(iam_restricting_keys(
                    s.conditions, ['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths']
                )) = 0 and not list_contains([lower(trim(word_)) for word_ in string_split($own, ',')], lower(p."value"))
                    then p."value"
            end
        })
        from iam_trusted_principals() as p
        inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
        where p.kind = 'Service'
    )
) as r
order by r.position, r.resource
