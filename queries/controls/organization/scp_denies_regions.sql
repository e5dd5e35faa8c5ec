-- title: Ensure service control policies deny the Regions that are not used
-- kind: control
-- severity: medium
-- tags: organization, scp, regions
-- param: regions text = ''  # Regions that may be allowed, separated by commas; any if empty
-- remediation: aws organizations list-policies-for-target --target-id {account_id} --filter SERVICE_CONTROL_POLICY
-- remediation: aws organizations create-policy --type SERVICE_CONTROL_POLICY --name POLICY_NAME --description DESCRIPTION --content file://policy.json
-- remediation: aws organizations attach-policy --policy-id POLICY_ID --target-id {account_id}
--
-- Attackers start resources in Regions that nobody watches. A service control policy that denies requests outside the
-- used Regions, with StringNotEquals on aws:RequestedRegion, prevents that. There is one row for each account except
-- the management account, which service control policies do not limit. A statement counts if it denies all actions, or
-- all actions except the ones in NotAction, such as the global services, on all resources; other conditions may exempt
-- roles. Policies that allow requests in some Regions, instead of denying requests in others, do not count: `iamsql
-- query can` evaluates them.

with limits as (
    select
        p.account_id, p.policy_name, s.number, condition_."values" as regions
    from aws_organizations_account_policy as p
    inner join aws_iam_statement as s on s.document_id = p.document_id
    cross join lateral (select unnest(s.conditions) as condition_) as c
    where
        p.type = 'SERVICE_CONTROL_POLICY' and s.effect = 'Deny'
        and (s.not_actions is not null or iam_every_action(s.actions))
        and iam_every_resource(s.resources)
        and condition_.key = 'aws:requestedregion'
        and condition_.operator in ('stringnotequals', 'stringnotequalsignorecase', 'stringnotlike')
        and not condition_.if_exists
),

accounts as (
    select
        l.account_id,
        min(case when x.others = '' then l.policy_name end) as policy_name,
        min(case when x.others = '' then array_to_string(l.regions, ', ') end) as regions,
        min(case when x.others <> '' then concat('The policy ', l.policy_name, ' allows the Region ', x.others) end) as reason
    from limits as l
    cross join lateral (
        select array_to_string([
            region_ for region_ in l.regions if $regions <> '' and not list_contains(comma_list($regions), region_)
        ], ', ') as others
    ) as x
    group by l.account_id
)

select
    o.arn as resource,
    unnest(case
        when o.id = r.management_account_id then skip('No service control policy applies to the management account.')
        when a.policy_name is not null
            then ok(concat('The policy ', a.policy_name, ' denies requests outside ', a.regions, '.'))
        when coalesce(c.is_read, 0) = 0
            then unknown('the policies or the organizational units of the organization were not read.')
        when a.reason is not null then alarm(concat(a.reason, '.'))
        else alarm('No service control policy of the account denies requests outside listed Regions.')
    end),
    o.id as account_id, 'global' as region
from aws_organizations_account as o
cross join iamsql.run as r
cross join organization_calls([
    'ListPolicies', 'DescribePolicy', 'ListTargetsForPolicy', 'ListOrganizationalUnitsForParent', 'ListAccountsForParent'
]) as c
left join accounts as a on a.account_id = o.id
where o.state not in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED')
order by account_position(o.id), o.id
