-- title: The role of a running instance was set or replaced
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1098.003, mitre:T1578.005, tactic:privilege_escalation, cloudtrail
-- param: profiles text[] = ''   # Profiles that may be set, by name
--
-- With a shell on an instance and the right to change its profile, somebody gets the rights of any role that EC2 may
-- have. Compare the old profile with the new one, and look at what the instance's sessions (role session name `i-…`)
-- did afterwards.
-- False positives: giving an instance the profile that Systems Manager or a backup agent needs. Those are the same few
-- profiles on many instances, usually set by an automation; `$profiles` leaves them out.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(
        nullif(regexp_extract(cast(e.request_parameters as varchar), '"(i-[0-9a-f]{8,17})"', 1), ''),
        nullif(regexp_extract(cast(e.response_elements as varchar), '"(i-[0-9a-f]{8,17})"', 1), ''), e.target
    ) as target,
    concat(
        'profile ',
        coalesce(
            e.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Name',
            e.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn',
            e.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name',
            e.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn',
            'not told'
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('ec2.amazonaws.com') as e
where
    e.event_name in ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation')
    and not list_contains(
        $profiles,
        split_part(
            coalesce(
                e.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Name',
                e.request_parameters ->> '$.AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn',
                e.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name',
                e.request_parameters ->> '$.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn', ''
            ),
            '/', -1
        )
    )
order by e.event_time desc, e.event_id
