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

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        coalesce(e.request_parameters ->> '$.keyId', e.response_elements ->> '$.keyMetadata.keyId') as target,
        case
            when e.event_name = 'CreateGrant' then json_object(
                'Statement',
                json_object(
                    'Effect', 'Allow',
                    'Principal', case
                        when iam_caller_type(e.request_parameters ->> '$.granteePrincipal') = 'Service'
                            then json_object('Service', e.request_parameters ->> '$.granteePrincipal')
                        else json_array(e.request_parameters ->> '$.granteePrincipal')
                    end
                )
            )
            else try_cast(e.request_parameters ->> '$.policy' as json)
        end as document,
        e.invoked_by, e.event_id
    from successful_calls('kms.amazonaws.com') as e
    where scan_filter(e.event_name in ('PutKeyPolicy', 'CreateKey', 'CreateGrant', 'ReplicateKey'))
)

select f.*
from opened_policies((select list(w) from written as w), $trusted) as f
order by f.event_time desc, f.event_id
