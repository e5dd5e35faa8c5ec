-- title: Ensure roles trust only known accounts
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, trust, third-party
-- param: known text = ''           # IDs of accounts outside the organization that may be trusted, separated by commas
--
-- Every account that can assume a role is a way into this account. Identify the owner of each trusted account, and list
-- the intended accounts in `known`. Only roles that trust another account are evaluated, and neither service-linked roles
-- nor roles of IAM Identity Center.

select r.*
from account_trust_results(
    'The role trusts accounts that are neither in the organization nor in `known`: {}.',
    'The role trusts only accounts of the organization and accounts in `known`.',
    (
        select list({
            'account_id': p.account_id, 'arn': p.arn, 'side': p.side,
            'trusted': case when p.side <> 'inside' and not list_contains(comma_list($known), p.other) then p.other end
        })
        from iam_trusted_accounts() as p
        where p.other <> 'everyone'
    )
) as r
order by account_position(r.account_id), r.resource
