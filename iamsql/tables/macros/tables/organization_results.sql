-- Returns the rows of a control that a policy of an organization policy type applies to each account. The policy that AWS manages
-- does not count.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro organization_policy_results(policy_type, type_name) as table
with applied as (
    select p.account_id, string_agg(distinct p.policy_name, ', ' order by p.policy_name) as names
    from aws_organizations_account_policy as p
    where p.type = policy_type and p.level is not null and not p.aws_managed
    group by p.account_id
)

select
    o.arn as resource,
    unnest(case
        when o.id = r.management_account_id then skip(concat('No ', type_name, ' applies to the management account.'))
        when p.account_id is not null then ok(concat('Policies that apply to the account: ', p.names, '.'))
        when l.is_read = 1 then alarm(concat('No ', type_name, ' applies to the account, except the policy that AWS manages.'))
        else unknown('the policies or the organizational units of the organization were not read.')
    end),
    o.id as account_id, 'global' as region
from aws_organizations_account as o
cross join iamsql.run as r
cross join organization_calls([
    'ListPolicies', 'ListTargetsForPolicy', 'ListOrganizationalUnitsForParent', 'ListAccountsForParent'
]) as l
left join applied as p on p.account_id = o.id
where o.state not in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED');

-- Returns the row of a control that a feature of IAM is enabled in the organization, for the management account.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro organization_feature_results(feature, description) as table
select
    organization_arn() as resource,
    unnest(case
        when f.enabled like concat('%"', feature, '"%') then ok(concat(description, ' is enabled in the organization.'))
        else alarm(concat(description, ' is not enabled in the organization.'))
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
left join (select max(cast(o.enabled_features as varchar)) as enabled from aws_iam_organizations_features as o) as f on true
where r.management_account_id is not null;

-- Returns the rows of a control that an AWS managed policy is attached to a role of each account.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro attached_role_results(policy) as table
with attached as (
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
        when t.roles = 1 then ok(concat(policy, ' is attached to the role ', t.example, '.'))
        when t.roles > 1 then ok(concat(policy, ' is attached to ', t.roles, ' roles, for example ', t.example, '.'))
        else alarm(concat(policy, ' is not attached to any role.'))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join attached as t on t.account_id = a.account_id;

-- Returns one row: whether the organization has enabled a policy type, and whether the run has the policies of this type.
-- `is_enabled` is NULL if the root was not read. The macro is for policy types that `sync --table` or `sync --for` requests: all
-- except service and resource control policies.
-- returns: is_enabled INTEGER, is_read INTEGER
create or replace macro organization_policy_type(policy_type) as table
select
    (
        select max(case
            when len([
                1 for type_ in elements(o.policy_types)
                if json_extract_string(type_, '$.Type') = policy_type and json_extract_string(type_, '$.Status') = 'ENABLED'
            ]) > 0 then 1
            else 0
        end)
        from aws_organizations_root as o
    ) as is_enabled,
    case
        when l.is_read = 1 and (
            coalesce(json_extract(r.options, '$.import') is not null, false)
            or len([
                1 for name_ in list_concat(
                    coalesce(text_list(json_extract(r.options, '$.tables')), []),
                    coalesce(text_list(json_extract(r.options, '$.query_tables')), [])
                )
                if name_ = 'all' or starts_with(name_, 'aws_organizations_policy')
            ]) > 0
        ) then 1
        else 0
    end as is_read
from iamsql.run as r
cross join organization_calls(['ListPolicies', 'DescribePolicy', 'ListTargetsForPolicy']) as l;
