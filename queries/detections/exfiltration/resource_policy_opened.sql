-- title: Resource-based policy allows public or external access
-- kind: detection
-- severity: high
-- tags: mitre:T1537, mitre:T1098.003, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects policies of secrets, queues, topics, event buses, backup vaults, file systems, OpenSearch domains, log
-- destinations and other resources that allow access to everyone or to accounts outside the organization. The table
-- macro iam_sharing_events lists the events of each service; buckets, keys, ECR repositories and functions have
-- detections of their own. Restore the former policy (the event contains the new one), then find out from data events
-- what was read or sent. A `*` that conditions limit to accounts of the organization is excluded. A `*` with a
-- condition on addresses or VPC endpoints is a finding, because the run does not contain their owners.
-- False positives: partners and vendors (`$trusted`), and APIs or queues that are public on purpose. Policies for AWS
-- services and for your own accounts are excluded.

with policy_changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(iam_first_text(c.request_parameters, e.resources), c.target, c.account_id) as target,
        case
            when e.kind = 'policy' then try_cast(iam_first_text(c.request_parameters, e.paths) as json)
            else json_object(
                'Statement',
                json_object(
                    'Effect', 'Allow',
                    'Principal', json_object('AWS', iam_first_json(c.request_parameters, e.paths)),
                    -- EventBridge: {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": …}
                    'Condition', case
                        when (c.request_parameters ->> '$.condition.key') is not null then json_object(
                            coalesce(c.request_parameters ->> '$.condition.type', 'StringEquals'),
                            json_object(
                                (c.request_parameters ->> '$.condition.key'), (c.request_parameters ->> '$.condition.value')
                            )
                        )
                    end
                )
            )
        end as document,
        c.invoked_by, c.event_id
    from recorded_calls() as c
    inner join iam_sharing_events() as e
        on e.event_name = iam_operation(c.event_name) and coalesce(e.event_source, c.event_source) = c.event_source
    where
        scan_filter(regexp_matches(c.event_name, '^(Create|Set)|Polic|Permission|Domain|RestApi|Template'))
        and e.kind in ('policy', 'statement')
        and c.error_code is null
        and iam_first_json(c.request_parameters, e.paths) is not null
)

select f.*
from opened_policies((select list(c) from policy_changes as c), $trusted) as f
order by f.event_time desc, f.event_id
