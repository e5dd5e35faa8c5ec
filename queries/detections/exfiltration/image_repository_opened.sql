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

with policy_changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.repositoryName', 'the registry') as target,
        try_cast(c.request_parameters ->> '$.policyText' as json) as document,
        c.invoked_by, c.event_id
    from successful_calls('ecr.amazonaws.com') as c
    where scan_filter(c.event_name in ('SetRepositoryPolicy', 'PutRegistryPolicy'))
)

select f.*
from opened_policies((select list(c) from policy_changes as c), $trusted) as f
order by f.event_time desc, f.event_id
