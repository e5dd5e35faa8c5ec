-- title: A KMS key may be used by everybody or by a foreign account
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1537, mitre:T1098.003, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
--
-- A share of an encrypted snapshot, image or bucket is worth something only with the key, so the key is opened just
-- before or after. Found are grants to, and key policies with, accounts that this run does not know. Retire the grant
-- or set the policy back, then look for what was shared in the same hours.
-- False positives: partners and vendors with a role in their own account (`$trusted`). Grants for AWS services are
-- passed over.

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        coalesce(e.request_parameters ->> '$.keyId', e.response_elements ->> '$.keyMetadata.keyId') as target,
        case
            when e.event_name = 'CreateGrant' then json_object(
                'Statement',
                json_object('Effect', 'Allow', 'Principal', json_array(e.request_parameters ->> '$.granteePrincipal'))
            )
            else try_cast(e.request_parameters ->> '$.policy' as json)
        end as document,
        e.invoked_by, e.event_id
    from successful_calls('kms.amazonaws.com') as e
    where e.event_name in ('PutKeyPolicy', 'CreateKey', 'CreateGrant', 'ReplicateKey')
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip, w.event_name, w.target,
    concat(
        'lets in: ',
        case when o.principals = '*' then 'everybody' else o.principals end,
        ', through ' || w.invoked_by
    ) as detail,
    w.event_id
from written as w
inner join opened_policies(
    (select list({'account_id': d.account_id, 'event_id': d.event_id, 'document': d.document}) from written as d), $trusted
) as o on o.account_id = w.account_id and o.event_id = w.event_id
order by w.event_time desc, w.event_id
