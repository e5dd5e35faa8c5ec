-- title: Ensure policies of VPC endpoints allow known principals only
-- kind: control
-- severity: medium
-- tags: resource-policies, network, data-perimeter
-- resource_types: vpc_endpoint
-- param: trusted text = ''  # External account and organization IDs that may use the endpoints, separated by commas
-- remediation: aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {resource:name} --region {region}
-- remediation: aws ec2 modify-vpc-endpoint --vpc-endpoint-id {resource:name} --region {region} --policy-document file://policy.json
--
-- If the policy of an endpoint allows everyone, as the default policy does, malware in the VPC can send data to an
-- account of the attacker with the credentials of the attacker. Restrict callers with a condition on
-- aws:PrincipalOrgID, or deny all others. The alarm lists everyone, and accounts that are not in the organization.
-- Endpoints of services without endpoint policies are skipped.

with denials as (
    select
        s.document_id,
        list(iam_denial(
            s.principals, s.not_principals, s.conditions, s.action_likes, s.actions is not null, s.resource_likes
        ) order by s.number) as denials
    from (select distinct r.document_id from aws_resource_policy as r where r.resource_type = 'vpc_endpoint') as d
    inner join aws_iam_statement as s on s.document_id = d.document_id
    where s.effect = 'Deny' and s.not_resources is null
    group by s.document_id
),

allowed_callers as (
    select
        a.account_id, a.arn,
        [[a.party]] || iam_restrictions(a.conditions, false) || coalesce(
            iam_deny_restrictions(d.denials, a.who, a.party, a.actions, a.resources, false, 'unsigned'), []
        ) as restrictions
    from (
        select
            r.account_id, r.arn, r.document_id, s.actions, s.resources, s.conditions,
            w.who."value" as who, iam_principal_party(w.who."type", w.who."value") as party
        from aws_resource_policy as r
        inner join aws_iam_statement as s on s.document_id = r.document_id
        cross join lateral (select unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as who) as w
        where r.resource_type = 'vpc_endpoint' and s.effect = 'Allow' and w.who."type" = 'AWS'
    ) as a
    left join denials as d on d.document_id = a.document_id
),

policy_callers as (
    select
        a.account_id, a.arn,
        string_agg(distinct case when c.side = 'everyone' then 'everyone' when c.side = 'outsider' then c.parties end, ', ' order by
            case when c.side = 'everyone' then 'everyone' when c.side = 'outsider' then c.parties end) as parties,
        string_agg(distinct case when c.side = 'unknown' then c.parties end, ', ' order by case when c.side = 'unknown' then c.parties end)
            as unknown_parties
    from allowed_callers as a
    inner join iam_caller_sides(
        (select list(n) from (select e.account_id, e.restrictions from allowed_callers as e) as n), comma_list($trusted)
    ) as c on c.account_id = a.account_id and c.restrictions = a.restrictions
    group by a.account_id, a.arn
)

select
    r.arn as resource,
    unnest(case
        when r.policy_status = 'unread' then unknown(iam_not_evaluated('the policy of the endpoint', r.duplicate_key))
        when r.policy_status = 'none' then skip('The endpoint has no policy.')
        when c.parties is not null then alarm(concat('The policy of the endpoint allows ', c.parties, '.'))
        when c.unknown_parties is not null
            then unknown(concat('whether the organization contains ', c.unknown_parties, ' was not read.'))
        else ok('The policy of the endpoint allows known principals only.')
    end),
    r.account_id, r.region
from aws_resource_policy as r
left join policy_callers as c on c.account_id = r.account_id and c.arn = r.arn
where r.resource_type = 'vpc_endpoint'
order by account_position(r.account_id), r.arn
