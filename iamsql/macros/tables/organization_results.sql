-- Whether the policies of the organization and their targets were read: 1, 0, or null where no call was planned.
-- gives: is_read INTEGER
create or replace macro organization_policies_read() as table
select min(case when c.status = 'ok' then 1 else 0 end) as is_read
from iamsql.coverage as c
where
    c.service = 'organizations'
    and c.operation in (
        'ListPolicies', 'ListTargetsForPolicy', 'ListOrganizationalUnitsForParent', 'ListAccountsForParent'
    );

-- The rows of a control that a policy of an organization policy type, other than AWS's own, reaches each account.
-- gives: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, position BIGINT
create or replace macro organization_policy_results(policy_type, type_name) as table
with reached as (
    select p.account_id, string_agg(distinct p.policy_name, ', ' order by p.policy_name) as names
    from aws_organizations_account_policy as p
    where p.type = policy_type and p.level is not null and not p.aws_managed
    group by p.account_id
)

select
    concat('arn:', r."partition", ':::', o.id) as resource,
    unnest(case
        when o.id = r.management_account_id then skip(concat('No ', type_name, ' reaches the management account.'))
        when p.account_id is not null then ok(concat('What reaches the account: ', p.names, '.'))
        when l.is_read = 1 then alarm('Nothing but AWS''s own policy, which allows everything, reaches the account.')
        else unknown('the organization''s policies or units were not read.')
    end),
    o.id as account_id, 'global' as region, a.position
from aws_organizations_account as o
cross join iamsql.run as r
cross join organization_policies_read() as l
left join reached as p on p.account_id = o.id
left join iamsql.accounts as a on a.account_id = o.id
where o.state not in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED');

-- The rows of a control that a role of each account has an AWS managed policy.
-- gives: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, position BIGINT
create or replace macro attached_role_results(policy) as table
with holders as (
    select r.account_id, count(*) as roles, min(r.name) as example
    from aws_iam_role as r
    where list_contains(
        [split_part(arn_, '/', -1) for arn_ in cast(r.attached_policy_arns as varchar[]) if arn_ like 'arn:%:iam::aws:%'],
        policy
    )
    group by r.account_id
)

select
    a.arn as resource,
    unnest(case
        when h.roles = 1 then ok(concat(policy, ' is attached to 1 role, ', h.example, '.'))
        when h.roles > 1 then ok(concat(policy, ' is attached to ', h.roles, ' roles, such as ', h.example, '.'))
        else alarm(concat(policy, ' is attached to no role.'))
    end),
    a.account_id, 'global' as region, a.position
from read_accounts() as a
left join holders as h on h.account_id = a.account_id;
