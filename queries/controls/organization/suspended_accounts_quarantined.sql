-- title: Ensure suspended and closed accounts are in a quarantine organizational unit
-- kind: control
-- severity: medium
-- tags: organization, scp
-- remediation: # In the management account:
-- remediation: aws organizations list-parents --child-id {account_id}
-- remediation: aws organizations move-account --account-id {account_id} --source-parent-id PARENT_ID --destination-parent-id UNIT_ID
--
-- AWS can reactivate a suspended account, and a closed account can be reopened within 90 days, with all its users,
-- roles and keys. Move the account to an organizational unit with a policy that denies all actions. There is one row
-- for each suspended or closed account.

with denials as (
    select p.account_id, max(p.policy_name) as policy_name
    from aws_organizations_account_policy as p
    inner join aws_iam_statement as s on s.document_id = p.document_id
    where
        p.type = 'SERVICE_CONTROL_POLICY'
        and s.effect = 'Deny'
        and list_contains(s.actions, '*')
        and list_contains(s.resources, '*')
        and len(s.conditions) = 0
    group by p.account_id
),

policies as (
    select
        p.account_id,
        max(case when p.policy_id is not null and p.document_id is null then 1 else 0 end) as is_unread
    from aws_organizations_account_policy as p
    where p.type = 'SERVICE_CONTROL_POLICY'
    group by p.account_id
)

select
    o.arn as resource,
    unnest(case
        when d.account_id is not null
            then ok(concat('The account is ', o.state, '; the policy ', d.policy_name, ' denies all actions.'))
        when coalesce(p.is_unread, 1) = 1 or coalesce(c.is_read, 0) = 0
            then unknown('the policies that apply to the account were not read.')
        else alarm(concat('The account is ', o.state, ' and no policy denies all actions.'))
    end),
    o.id as account_id, 'global' as region
from aws_organizations_account as o
cross join iamsql.run as r
cross join organization_calls([
    'ListPolicies', 'ListTargetsForPolicy', 'ListOrganizationalUnitsForParent', 'ListAccountsForParent'
]) as c
left join denials as d on d.account_id = o.id
left join policies as p on p.account_id = o.id
where o.state in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED')
order by account_position(o.id), o.id
