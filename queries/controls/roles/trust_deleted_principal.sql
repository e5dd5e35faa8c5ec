-- title: Ensure roles do not trust deleted principals
-- kind: control
-- severity: low
-- tags: roles, trust, leftovers
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: # In trust-policy.json, remove the principals whose IDs start with AIDA or AROA.
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- When a trusted user or role is deleted, its unique ID (AIDA…, AROA…) remains in the trust policy. The ID matches
-- no principal, not even a new one with the same name. Remove the ID. Service-linked roles and roles of IAM Identity
-- Center are not evaluated.

select r.* exclude (position)
from role_trust_results(
    'The role trusts deleted principals: {}.', 'The role does not trust deleted principals.',
    (
        select list({'account_id': t.account_id, 'arn': t.arn, 'open_to': d.principal})
        from iam_role_trust_policies() as t
        left join (
            select
                s.document_id,
                unnest([who_."value" for who_ in s.principals if iam_is_deleted(who_."type", who_."value")]) as principal
            from aws_iam_statement as s
        ) as d on d.document_id = t.document_id
    )
) as r
order by r.position, r.resource
