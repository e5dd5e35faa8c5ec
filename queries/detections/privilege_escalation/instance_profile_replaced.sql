-- title: Instance profile of a running EC2 instance set or replaced
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.003, mitre:T1578.005, tactic:privilege_escalation, cloudtrail
-- param: profiles text[] = ''  # Names of instance profiles to exclude
--
-- Detects instance profiles that are associated with a running instance or replaced. With access to an instance and
-- the permission to change its profile, an attacker gains the permissions of any role that EC2 can assume. Compare the
-- old profile with the new one, and review the sessions of the instance (role session name `i-…`).
-- False positives: instances that receive the profile for Systems Manager or a backup agent. These are the same few
-- profiles on many instances, set by automation; add them to `$profiles`.

with changes as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        coalesce(
            nullif(regexp_extract(cast(e.request_parameters as varchar), '"(i-[0-9a-f]{8,17})"', 1), ''),
            nullif(regexp_extract(cast(e.response_elements as varchar), '"(i-[0-9a-f]{8,17})"', 1), ''), e.target
        ) as target,
        coalesce(
            e.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Name',
            e.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn',
            e.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name',
            e.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn'
        ) as profile,
        e.invoked_by, e.event_id
    from successful_calls('ec2.amazonaws.com') as e
    where scan_filter(e.event_name in ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation'))
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip, c.event_name, c.target,
    concat('profile ', coalesce(c.profile, 'unknown'), ', through ' || c.invoked_by) as detail,
    c.event_id
from changes as c
where not list_contains($profiles, coalesce(split_part(c.profile, '/', -1), ''))
order by c.event_time desc, c.event_id
