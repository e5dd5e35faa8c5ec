-- title: Ensure roles do not trust whole accounts
-- kind: control
-- severity: low
-- tags: roles, trust
-- remediation: iamsql query who_can_assume --arg role={resource}
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- If a role trusts another account and not its principals, administrators of that account decide who can assume the
-- role. Specify the trusted role, or restrict the callers with a condition; any condition passes. Only roles that trust
-- another account are evaluated, except service-linked roles and roles of IAM Identity Center.

select r.* exclude (position)
from role_trust_results(
    'The role trusts all principals of other accounts without a condition: {}.',
    'The role trusts only some principals of other accounts, or has a condition.',
    (
        select list({
            'account_id': p.account_id, 'arn': p.arn,
            'open_to': case
                when (p."value" like '%:root' or p."value" not like 'arn:%') and len(s.conditions) = 0
                    then iam_account_of(p.kind, p."value")
            end
        })
        from iam_trusted_principals() as p
        inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
        where iam_account_of(p.kind, p."value") <> p.account_id
    )
) as r
order by r.position, r.resource
