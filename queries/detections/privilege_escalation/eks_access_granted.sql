-- title: Access to an EKS cluster granted, or a role given to its pods
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.006, tactic:privilege_escalation, cloudtrail
--
-- Detects access entries and access policies of EKS clusters, and roles that pods of a service account receive. An
-- access policy such as AmazonEKSClusterAdminPolicy makes an IAM principal an administrator of the cluster, who can use
-- the roles of all its pods. A pod identity association gives a role to whoever can start a pod. `detail` contains the
-- principal, the policy and the role. Remove the entry (`aws eks delete-access-entry`), and read the audit log of the
-- cluster.
-- False positives: the team that operates the cluster, by infrastructure as code. Entries for nodes, which have their
-- own type and grant nothing else, are excluded.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.name', e.request_parameters ->> '$.clusterName', e.target) as target,
    concat(
        case
            when e.event_name like '%PodIdentityAssociation' then concat(
                'role ', e.request_parameters ->> '$.roleArn', ' for service account ',
                concat_ws('/', e.request_parameters ->> '$.namespace', e.request_parameters ->> '$.serviceAccount')
            )
            when e.event_name = 'AssociateAccessPolicy' then concat(
                split_part(e.request_parameters ->> '$.policyArn', '/', -1), ' for ',
                e.request_parameters ->> '$.principalArn',
                ', scope ' || (e.request_parameters ->> '$.accessScope.type')
            )
            else concat(
                'access entry of ', e.request_parameters ->> '$.principalArn',
                ', groups ' || nullif(e.request_parameters ->> '$.kubernetesGroups', '[]')
            )
        end,
        case
            when (e.request_parameters ->> '$.principalArn') in (e.actor_arn, e.issuer_arn)
                then ', by the principal itself'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('eks.amazonaws.com') as e
where
    scan_filter(e.event_name in (
        'CreateAccessEntry', 'UpdateAccessEntry', 'AssociateAccessPolicy', 'CreatePodIdentityAssociation',
        'UpdatePodIdentityAssociation'
    ))
    and coalesce(e.request_parameters ->> '$.type', 'STANDARD') = 'STANDARD'
order by e.event_time desc, e.event_id
