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
),

entities as (
    select u.account_id, u.arn, u.name, 'user' as kind, u.attached_policy_arns as attached from aws_iam_user as u
    union all
    select g.account_id, g.arn, g.name, 'group' as kind, g.attached_policy_arns as attached from aws_iam_group as g
    union all
    select r.account_id, r.arn, r.name, 'role' as kind, r.attached_policy_arns as attached
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
),

judged as (
    select
        e.account_id, e.arn, e.kind,
        coalesce(list_contains(
            cast(e.attached as varchar[]), concat('arn:', split_part(e.arn, ':', 2), ':iam::aws:policy/AdministratorAccess')
        ), false) as is_admin,
        w.name is not null as is_allowed
    from entities as e
    left join allowed as w on w.name = e.name
)

select
    j.arn as resource,
    unnest(case
        when j.is_admin and j.is_allowed
            then ok(concat('AdministratorAccess is attached to the ', j.kind, ', which may have it.'))
        when j.is_admin then alarm(concat('AdministratorAccess is attached to the ', j.kind, '.'))
        else ok(concat('AdministratorAccess is not attached to the ', j.kind, '.'))
    end),
    j.account_id, 'global' as region
from judged as j
left join iamsql.accounts as a on a.account_id = j.account_id
order by a.position, j.arn
