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

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        coalesce(iam_first_text(e.request_parameters, f.resources), e.target, e.account_id) as target,
        case
            when f.kind = 'policy' then try_cast(iam_first_text(e.request_parameters, f.paths) as json)
            else json_object(
                'Statement',
                json_object(
                    'Effect', 'Allow',
                    'Principal', json_object('AWS', iam_first_json(e.request_parameters, f.paths)),
                    -- EventBridge: {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": …}
                    'Condition', case
                        when (e.request_parameters ->> '$.condition.key') is not null then json_object(
                            coalesce(e.request_parameters ->> '$.condition.type', 'StringEquals'),
                            json_object(
                                (e.request_parameters ->> '$.condition.key'), (e.request_parameters ->> '$.condition.value')
                            )
                        )
                    end
                )
            )
        end as document,
        e.invoked_by, e.event_id
    from recorded_calls() as e
    inner join iam_sharing_events() as f
        on f.event_name = iam_operation(e.event_name) and coalesce(f.event_source, e.event_source) = e.event_source
    where
        scan_filter(regexp_matches(e.event_name, '^(Create|Set)|Polic|Permission|Domain|RestApi|Template'))
        and f.kind in ('policy', 'statement')
        and e.error_code is null
        and iam_first_json(e.request_parameters, f.paths) is not null
)

select f.*
from opened_policies((select list(w) from written as w), $trusted) as f
order by f.event_time desc, f.event_id
