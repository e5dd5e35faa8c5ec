-- title: ECR repository policy allows public or external access
-- kind: detection
-- severity: medium
-- tags: mitre:T1537, mitre:T1525, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # IDs of external accounts that are expected
--
-- Detects policies of ECR repositories and of the registry that allow access to everyone or to accounts outside the
-- organization. Whoever can pull has the code, and often secrets that are part of an image; whoever can push can
-- replace the images that you deploy. Restore the former policy, check which actions the new one allowed, and compare
-- the images with your builds.
-- False positives: images that are shared with customers or partners (`$trusted`). A policy for every principal of
-- your organization is excluded.

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        coalesce(e.request_parameters ->> '$.repositoryName', 'the registry') as target,
        try_cast(e.request_parameters ->> '$.policyText' as json) as document,
        e.invoked_by, e.event_id
    from successful_calls('ecr.amazonaws.com') as e
    where e.event_name in ('SetRepositoryPolicy', 'PutRegistryPolicy')
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip, w.event_name, w.target,
    opened_text(o.principals, w.invoked_by) as detail,
    w.event_id
from written as w
inner join opened_policies(
    (select list({'account_id': d.account_id, 'event_id': d.event_id, 'document': d.document}) from written as d), $trusted
) as o on o.account_id = w.account_id and o.event_id = w.event_id
order by w.event_time desc, w.event_id
