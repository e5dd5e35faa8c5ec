-- title: Ensure policies of VPC endpoints allow known principals only
-- kind: control
-- severity: medium
-- tags: resource-policies, network, data-perimeter
-- resource_types: vpc_endpoint
-- param: trusted text = ''  # IDs of accounts and organizations outside that may use the endpoints, separated by commas
-- fix: aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {resource:name} --region {region}
-- fix: aws ec2 modify-vpc-endpoint --vpc-endpoint-id {resource:name} --region {region} --policy-document file://policy.json
--
-- Through an endpoint whose policy allows everyone, as the default policy does, malware in the VPC can send data to the
-- account of the attacker with credentials that it brings along. Restrict callers with a condition on aws:PrincipalOrgID,
-- or deny all others. The alarm lists everyone, and accounts that are not in the organization. Endpoints of services
-- without endpoint policies are skipped.

with denials as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Deny' and iam_every_action(s.actions) and s.not_resources is null
        and len([1 for principal_ in s.principals if iam_is_anyone(principal_."type", principal_."value")]) > 0
        and iam_denies_outsiders(s.conditions)
),

allowed as (
    select
        r.account_id, r.arn,
        case when iam_is_anyone(w.who."type", w.who."value") then 'everyone' else iam_account_of(w.who."type", w.who."value") end
            as party
    from aws_resource_policy as r
    inner join aws_iam_statement as s on s.document_id = r.document_id
    cross join lateral (select unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as who) as w
    left join denials as d on d.document_id = r.document_id
    where
        r.resource_type = 'vpc_endpoint' and s.effect = 'Allow'
        and d.document_id is null
        and len(iam_known_caller_keys(s.conditions)) = 0
),

found as (
    select a.account_id, a.arn, string_agg(distinct a.party, ', ' order by a.party) as parties
    from allowed as a
    left join aws_organizations_account as o on o.id = a.party
    where a.party <> a.account_id and o.id is null and not list_contains(comma_list($trusted), a.party)
    group by a.account_id, a.arn
)

select
    r.arn as resource,
    unnest(case
        when r.policy_status = 'unread' then unknown('the policy of the endpoint was not read.')
        when r.policy_status = 'none' then skip('The endpoint has no policy.')
        when f.parties is not null and (g.is_known or f.parties like '%everyone%')
            then alarm(concat('The policy of the endpoint allows ', f.parties, '.'))
        when f.parties is not null then unknown(concat('whether the organization contains ', f.parties, ' was not read.'))
        else ok('The policy of the endpoint allows known principals only.')
    end),
    r.account_id, r.region
from aws_resource_policy as r
cross join iam_organization_coverage() as g
left join found as f on f.account_id = r.account_id and f.arn = r.arn
where r.resource_type = 'vpc_endpoint'
order by account_position(r.account_id), r.arn
