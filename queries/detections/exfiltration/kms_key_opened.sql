-- title: KMS key shared with an external account or the public
-- kind: detection
-- severity: high
-- tags: mitre:T1537, mitre:T1098.003, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects grants and key policies that let everyone or an account outside the organization use a KMS key. An encrypted
-- snapshot, image or bucket is useful to another account only with its key, so the key is shared shortly before or
-- after. Retire the grant or restore the policy, then look for resources that were shared in the same hours.
-- False positives: partners and vendors with a role in their own account (`$trusted`). Grants for AWS services are
-- excluded.

with policy_changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.keyId', c.response_elements ->> '$.keyMetadata.keyId') as target,
        case
            when c.event_name = 'CreateGrant' then json_object(
                'Statement',
                json_object(
                    'Effect', 'Allow',
                    'Principal', case
                        when iam_caller_type(c.request_parameters ->> '$.granteePrincipal') = 'Service'
                            then json_object('Service', c.request_parameters ->> '$.granteePrincipal')
                        else json_array(c.request_parameters ->> '$.granteePrincipal')
                    end
                )
            )
            else try_cast(c.request_parameters ->> '$.policy' as json)
        end as document,
        c.invoked_by, c.event_id
    from successful_calls('kms.amazonaws.com') as c
    where scan_filter(c.event_name in ('PutKeyPolicy', 'CreateKey', 'CreateGrant', 'ReplicateKey'))
)

select f.*
from opened_policies((select list(c) from policy_changes as c), $trusted) as f
order by f.event_time desc, f.event_id
