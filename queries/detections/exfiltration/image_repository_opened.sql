-- title: ECR repository policy allows public or external access
-- kind: detection
-- severity: medium
-- tags: mitre:T1537, mitre:T1525, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects policies of ECR repositories and of the registry that allow access to everyone or to accounts outside the
-- organization. Whoever can pull has the code, and often secrets that are part of an image; whoever can push can
-- replace the images that you deploy. Restore the former policy, check which actions the new one allowed, and compare
-- the images with your builds.
-- False positives: images that are shared with customers or partners (`$trusted`). A policy for every principal of
-- your organization is excluded.

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        coalesce(e.request_parameters ->> '$.repositoryName', 'the registry') as target,
        try_cast(e.request_parameters ->> '$.policyText' as json) as document,
        e.invoked_by, e.event_id
    from successful_calls('ecr.amazonaws.com') as e
    where scan_filter(e.event_name in ('SetRepositoryPolicy', 'PutRegistryPolicy'))
)

select f.*
from opened_policies((select list(w) from written as w), $trusted) as f
order by f.event_time desc, f.event_id
