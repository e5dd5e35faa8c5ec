-- title: Ensure the AdministratorAccess policy is attached only where it is allowed
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, admin, config:iam-policy-blacklisted-check
-- param: allowed text = 'OrganizationAccountAccessRole, AWSControlTowerExecution' # Who may have it: names, separated by commas
--
-- AdministratorAccess allows everything. Who has it can undo every other control. Give it to a role that is assumed for
-- the hour, not to users. Roles of Identity Center have no row: who gets those is decided by its assignments; nor have
-- service-linked roles. By default the roles by which Organizations and Control Tower manage an account may have it.

with allowed as (
    select distinct trim(w.word) as name
    from (select unnest(string_split($allowed, ',')) as word) as w
)

select
    h.arn as resource,
    unnest(case
        when h.is_attached and w.name is not null
            then ok(concat('AdministratorAccess is attached to the ', h.kind, ', which may have it.'))
        when h.is_attached then alarm(concat('AdministratorAccess is attached to the ', h.kind, '.'))
        else ok(concat('AdministratorAccess is not attached to the ', h.kind, '.'))
    end),
    h.account_id, 'global' as region
from aws_policy_holders('AdministratorAccess') as h
left join allowed as w on w.name = h.name
left join iamsql.accounts as a on a.account_id = h.account_id
where coalesce(h.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
order by a.position, h.arn
