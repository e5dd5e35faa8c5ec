-- title: Ensure roles with ReadOnlyAccess do not trust accounts outside the organization
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, data, third-party
-- param: inside boolean = false      # Whether other accounts of the organization are alarms too
--
-- ReadOnlyAccess allows access to data in objects, tables and messages, and not only to settings. Attach SecurityAudit or
-- ViewOnlyAccess for tools that evaluate settings. Only roles with ReadOnlyAccess are evaluated, and neither
-- service-linked roles nor roles of IAM Identity Center. The Powerpipe control skips other roles, has a row for each
-- trusted principal, and also reports accounts of the organization, as `inside = true` does here.

with roles as (
    select r.account_id, r.arn
    from aws_iam_role as r
    where list_contains(
        cast(r.attached_policy_arns as varchar[]),
        concat('arn:', split_part(r.arn, ':', 2), ':iam::aws:policy/ReadOnlyAccess')
    )
),

trusted_accounts as (
    select p.account_id, p.arn, p.other, case when $inside then 'outside' else p.side end as side
    from iam_trusted_accounts() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
    where p.other <> 'everyone' or len(iam_known_callers(s.conditions)) = 0
)

select t.*
from account_trust_results(
    'The role has ReadOnlyAccess and trusts other accounts: {}.',
    'The role has ReadOnlyAccess and trusts no account outside the organization.',
    (
        select list({
            'account_id': r.account_id, 'arn': r.arn, 'trusted': case when p.side <> 'inside' then p.other end, 'side': p.side
        })
        from roles as r
        left join trusted_accounts as p on p.account_id = r.account_id and p.arn = r.arn
    )
) as t
inner join roles as r on r.account_id = t.account_id and r.arn = t.resource
order by account_position(t.account_id), t.resource
