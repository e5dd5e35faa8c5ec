-- title: Instance profile of an EC2 instance set or replaced, or its role changed
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.003, mitre:T1578.005, tactic:privilege_escalation, cloudtrail
-- param: profiles text[] = ''  # Names of instance profiles to exclude
-- param: hours integer = 24    # Hours after the creation of a profile in which its role is part of the setup
--
-- Detects instance profiles that are associated with a running instance or replaced, and roles that are added to an
-- existing profile. With access to an instance and the permission to change its profile, an attacker gains the
-- permissions of any role that EC2 can assume. Compare the old profile or role with the new one, and review the
-- sessions of the instance (role session name `i-…`).
-- False positives: instances that receive the profile for Systems Manager or a backup agent. These are the same few
-- profiles on many instances, set by automation; add them to `$profiles`. The role of a profile that was created in
-- the `$hours` hours before is excluded, if the run has that event.

with changes as (
    select
        s.event_time, s.account_id, s.region, s.actor, s.source_ip_address, s.event_name,
        coalesce(
            nullif(regexp_extract(cast(s.request_parameters as varchar), '"(i-[0-9a-f]{8,17})"', 1), ''),
            nullif(regexp_extract(cast(s.response_elements as varchar), '"(i-[0-9a-f]{8,17})"', 1), ''), s.target
        ) as target,
        coalesce(
            s.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Name',
            s.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn',
            s.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name',
            s.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn'
        ) as profile,
        null as role_name, s.invoked_by, s.event_id
    from successful_calls('ec2.amazonaws.com') as s
    where scan_filter(s.event_name in ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation'))
    union all
    select
        s.event_time, s.account_id, s.region, s.actor, s.source_ip_address, s.event_name,
        s.request_parameters ->> '$.instanceProfileName' as target,
        s.request_parameters ->> '$.instanceProfileName' as profile,
        s.request_parameters ->> '$.roleName' as role_name,
        s.invoked_by, s.event_id
    from successful_calls('iam.amazonaws.com') as s
    where
        s.event_name = 'AddRoleToInstanceProfile'
        and not exists (
            select 1
            from aws_cloudtrail_event as c
            where
                c.event_source = 'iam.amazonaws.com'
                and c.event_name = 'CreateInstanceProfile'
                and c.error_code is null
                and c.account_id = s.account_id
                and (c.request_parameters ->> '$.instanceProfileName') = (s.request_parameters ->> '$.instanceProfileName')
                and c.event_time between s.event_time - $hours * interval '1 hour' and s.event_time
        )
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
    concat(
        'profile ', coalesce(c.profile, 'unknown'), ', role ' || c.role_name || ' added', ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from changes as c
where not list_contains($profiles, coalesce(split_part(c.profile, '/', -1), ''))
order by c.event_time desc, c.event_id
