-- about: An account of the organization: its name, e-mail address, state and organizational unit.
-- depends on: aws_organizations_account organizations:ListAccounts
-- column depends on: unit aws_organizations_account organizations:ListAccountsForParent
-- organization wide: yes
select
    a.account_id, 'global' as region, a.account_id as ident, a.name,
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    a.state as value, a.name as account_name, a.email, a.state, a.ou_path as unit
from iamsql.accounts as a
cross join iamsql.run as r
