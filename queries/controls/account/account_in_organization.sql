-- title: Ensure the account is part of an organization
-- kind: control
-- severity: high
-- tags: organization, security_hub:Account.2
-- remediation: # In the management account: aws organizations invite-account-to-organization --target Id={account_id},Type=ACCOUNT
-- remediation: aws organizations list-handshakes-for-account
-- remediation: aws organizations accept-handshake --handshake-id HANDSHAKE_ID
--
-- An account outside an organization has no service control policies and no organization trail, so its
-- administrators can turn off every safeguard. Invite the account to the organization, or close it.

select
    a.arn as resource,
    unnest(case
        when c.account_id is null then unknown('the account was not read.')
        when c.organization_id is not null then ok(concat('The account is a member of ', c.organization_id, '.'))
        else alarm('The account is not a member of an organization.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_account as c on c.account_id = a.account_id
order by a.position, a.account_id
