-- title: Security group port opened to the internet
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.007, tactic:defense_evasion, cloudtrail
-- param: public_ports text[] = '80,443'  # Ports that may be open to the internet
--
-- Detects security group rules that allow traffic from any address, or from a half or a quarter of all addresses. Such
-- a rule gives an attacker access to an instance, or exposes the instance to scanners. Revoke the rule (`aws ec2
-- revoke-security-group-ingress`), then review the principal, its other calls, and the connections since.
-- False positives: public services on ports other than `$public_ports`, and groups in test accounts without instances.
-- Rules of CloudFormation or Terraform can be recognized by the actor or by `detail`.

with rules as (
    select
        c.event_id,
        coalesce(r.rule ->> '$.ipProtocol', r.rule ->> '$.IpProtocol', c.request_parameters ->> '$.ipProtocol') as protocol,
        coalesce(r.rule ->> '$.fromPort', r.rule ->> '$.FromPort', c.request_parameters ->> '$.fromPort') as from_port,
        coalesce(r.rule ->> '$.toPort', r.rule ->> '$.ToPort', c.request_parameters ->> '$.toPort') as to_port,
        list_concat(
            list_concat(
                json_extract_string(r.rule, '$.ipRanges.items[*].cidrIp'),
                json_extract_string(r.rule, '$.ipv6Ranges.items[*].cidrIpv6')
            ),
            [
                c.request_parameters ->> '$.cidrIp', c.request_parameters ->> '$.cidrIpv6', r.rule ->> '$.CidrIpv4',
                r.rule ->> '$.CidrIpv6'
            ]
        ) as ranges
    from successful_calls('ec2.amazonaws.com') as c
    cross join unnest(
        list_concat(
            list_concat(
                json_extract(c.request_parameters, '$.ipPermissions.items[*]'),
                case when c.request_parameters ->> '$.ipProtocol' is not null then ['{}'::json] else [] end
            ),
            case json_type(c.request_parameters, '$.ModifySecurityGroupRulesRequest.SecurityGroupRule')
                when 'ARRAY' then json_extract(
                    c.request_parameters, '$.ModifySecurityGroupRulesRequest.SecurityGroupRule[*].SecurityGroupRule'
                )
                when 'OBJECT' then [json_extract(
                    c.request_parameters, '$.ModifySecurityGroupRulesRequest.SecurityGroupRule.SecurityGroupRule'
                )]
                else []
            end
        )
    ) as r (rule)
    where scan_filter(c.event_name in ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'))
),

opened_rules as (
    select
        r.event_id,
        case
            when r.from_port is null or r.protocol = '-1' then 'all ports'
            when r.from_port = r.to_port then concat(r.protocol, ' ', r.from_port)
            else concat(r.protocol, ' ', r.from_port, '-', r.to_port)
        end as ports
    from rules as r
    where
        -- Two rules for half of all addresses each have the effect of one for all addresses.
        len([
            1 for range_ in r.ranges if iam_prefix_length(range_) < case when contains(range_, ':') then 16 else 8 end
        ]) > 0
        and not (
            r.from_port is not null
            and r.from_port = r.to_port
            and coalesce(r.protocol, '') <> '-1'
            and list_contains($public_ports, r.from_port)
        )
),

opened_ports as (
    select r.event_id, string_agg(distinct r.ports, ', ' order by r.ports) as ports
    from opened_rules as r
    group by r.event_id
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.groupId', c.request_parameters ->> '$.groupName',
        c.request_parameters ->> '$.ModifySecurityGroupRulesRequest.GroupId', c.target
    ) as target,
    concat('open to the internet: ', o.ports, ', through ' || c.invoked_by) as detail,
    c.event_id
from successful_calls('ec2.amazonaws.com') as c
inner join opened_ports as o on o.event_id = c.event_id
where scan_filter(c.event_name in ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'))
order by c.event_time desc, c.event_id
